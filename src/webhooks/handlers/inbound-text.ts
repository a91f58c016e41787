import * as z from 'zod';
import { toE164 } from '../phone-number.js';
import { readCommand, type TextCommand } from './text-command.js';

const text = z.string().max(10_000).optional();
const number = z.union([z.string().max(40), z.int().nonnegative().transform(String)]).optional();

/** Twilio's form, or EZTexting's JSON under each of the names that it was seen with. */
export const InboundSchema = z
  .object({ From: number, PhoneNumber: number, phone: number, To: number, Body: text, Message: text, message: text })
  .refine(({ From, PhoneNumber, phone }) => (From ?? PhoneNumber ?? phone) !== undefined, {
    error: 'it names no sender',
    path: ['From'],
  });

export interface InboundText {
  /** E.164; null where the sender has no phone number, such as a short code. */
  from: string | null;
  /** The same of the number that it was sent to; null where the provider does not say. */
  to: string | null;
  /** As it was sent, without the one character that no text of the database can have. */
  body: string;
  command: TextCommand;
}

/** The same for all providers. */
export function readInbound(payload: z.infer<typeof InboundSchema>): InboundText {
  const body = (payload.Body ?? payload.Message ?? payload.message ?? '').replaceAll('\0', '');
  return {
    from: toE164(payload.From ?? payload.PhoneNumber ?? payload.phone ?? ''),
    to: toE164(payload.To ?? ''),
    body,
    command: readCommand(body),
  };
}
