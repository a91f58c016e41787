import { changeRows } from '../../db/ledger.js';
import type { Session } from '../../db/session.js';
import { readBody } from '../body.js';
import type { Outcome, Source, StoredEvent } from '../event.js';
import type { EventWork } from './handler.js';
import { InboundSchema, readInbound } from './inbound-text.js';
import { lockCustomers, type Sender } from './sender.js';

const REPLIES = {
  start: 'You will get messages again. Reply MENU for the menu, STOP to end messages.',
  stop: 'You will get no more messages. Reply START to get them again.',
} as const;

/** Who texted, to which number. */
interface Texting {
  sender: Sender;
  to: string | null;
}

/** START and STOP, of which the last that was received counts, whichever is worked on first. */
export async function switchCustomer(
  { session, event, author, around }: EventWork,
  { isActive, ...texting }: Texting & { isActive: boolean },
): Promise<Outcome> {
  const word = isActive ? 'START' : 'STOP';
  // A number that two customers have, by two spellings, is one person's.
  const ids = await lockCustomers(session, texting.sender);
  if (await hasChangedMindSince(await around.inbox(), event, texting)) {
    return { kind: 'processed', outcome: `${word}, and a later text says otherwise: nothing was changed.` };
  }
  const { changed } = await changeRows(session, {
    ...author,
    table: 'customers',
    columns: ['isActive'],
    ids,
    values: `
      SELECT id, $3::text AS reason, $2::boolean AS "isActive" FROM customers WHERE id = ANY ($1::text[])`,
    parameters: [isActive, `the customer sent ${word}`],
    whenLocked: 'held',
  });
  const state = `the customer is ${isActive ? 'active' : 'inactive'} ${changed.length === 0 ? 'already' : 'now'}`;
  return { kind: 'processed', outcome: `${word}: ${state}.`, reply: REPLIES[isActive ? 'start' : 'stop'] };
}

/** Looks into what was received later, by the digits of the number: few texts, and these two words are rare. */
async function hasChangedMindSince(inbox: Session, event: StoredEvent, { sender, to }: Texting): Promise<boolean> {
  const { rows } = await inbox.query<{ source: Source; body: Buffer }>(
    `SELECT i.source, p.body FROM ops.webhook_inbox i JOIN ops.webhook_payloads p ON p.event_id = i.id
     WHERE i.received_at >= $1::timestamptz AND (i.received_at, i.id) > ($1::timestamptz, $2::bigint)
       AND i.event_type = 'sms.inbound' AND i.status = 'processed' AND position(convert_to($3, 'UTF8') IN p.body) > 0`,
    [event.receivedAt, event.id, sender.number.replace(/^\+1?/, '')],
  );
  return rows.some((row) => {
    const parsed = InboundSchema.safeParse(readBody(row));
    if (!parsed.success) return false;
    const later = readInbound(parsed.data);
    if (later.from !== sender.number || (sender.businessId !== null && later.to !== to)) return false;
    return later.command.kind === 'stop' || later.command.kind === 'start';
  });
}
