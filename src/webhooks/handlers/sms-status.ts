import * as z from 'zod';
import { changeRows } from '../../db/ledger.js';
import type { StoredEvent } from '../event.js';
import { codeText } from '../sources/source.js';
import { handler, waitFor } from './handler.js';

const errorCode = codeText.transform((code) => (code === '' ? null : code));

/** Twilio's callback, or EZTexting's report. */
const StatusSchema = z.union([
  z.object({ MessageStatus: z.string().max(40), ErrorCode: errorCode }),
  z.object({ Status: z.string().max(40), ErrorCode: errorCode }),
]);

type MessageState = 'SENT' | 'FAILED' | 'DELIVERED';

/** What a message is after each word of a provider, by rank: a later word never takes it down. */
const STATES: ReadonlyMap<string, MessageState> = new Map([
  ['accepted', 'SENT'],
  ['scheduled', 'SENT'],
  ['queued', 'SENT'],
  ['sending', 'SENT'],
  ['sent', 'SENT'],
  ['partially_delivered', 'SENT'],
  ['failed', 'FAILED'],
  ['undelivered', 'FAILED'],
  ['canceled', 'FAILED'],
  ['delivered', 'DELIVERED'],
  ['read', 'DELIVERED'],
]);

/** What became of a message of ours, by its provider. */
export const smsStatus = handler(StatusSchema, async ({ session, event, payload, author, around }) => {
  const word = ('MessageStatus' in payload ? payload.MessageStatus : payload.Status).toLowerCase();
  const state = STATES.get(word);
  if (state === undefined) return { kind: 'ignored', outcome: 'Its status is none that is known.' };
  const ids = event.subject === null ? [] : await around.findMessages(session, event.subject);
  if (ids.length === 0) return waitFor(`message ${event.subject}`);
  const { changed } = await changeRows(session, {
    ...author,
    table: 'sms_logs',
    columns: ['status', 'errorCode'],
    ids,
    values: NEXT_STATE,
    parameters: [state, payload.ErrorCode, `${provider(event)} says ${word}`],
    whenLocked: 'wait',
  });
  const what = changed.length === 0 ? 'nothing was changed' : `the message is ${state} now`;
  return { kind: 'processed', outcome: `The message is ${word}: ${what}.` };
});

/**
 * Upwards only: SENT, FAILED, DELIVERED. Of several failures the smallest code stays, whichever comes first; what was
 * delivered after all has none.
 */
const NEXT_STATE = `
  SELECT m.id, $4::text AS reason, n.status, CASE n.status
      WHEN 'FAILED' THEN CASE WHEN m.status = 'FAILED' THEN least(m."errorCode", $3::text) ELSE $3::text END
      WHEN 'DELIVERED' THEN CASE WHEN m.status = 'DELIVERED' THEN m."errorCode" END
      ELSE m."errorCode" END AS "errorCode"
  FROM sms_logs m CROSS JOIN LATERAL (
    SELECT CASE WHEN m.status = 'DELIVERED' OR $2 = 'DELIVERED' THEN 'DELIVERED' WHEN m.status = 'FAILED' OR $2 = 'FAILED' THEN 'FAILED'
      ELSE 'SENT' END::"SmsStatus" AS status
  ) n
  WHERE m.id = ANY ($1::text[]) AND m.direction = 'OUTBOUND' AND m.status IN ('SENT', 'FAILED', 'DELIVERED')`;

function provider({ source }: StoredEvent): string {
  return source === 'twilio' ? 'Twilio' : 'EZTexting';
}
