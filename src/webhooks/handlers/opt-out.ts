import { changeRows } from '../../db/ledger.js';
import type { Session } from '../../db/session.js';
import { readBody } from '../body.js';
import type { Outcome, Source, StoredEvent } from '../event.js';
import type { Work } from './handler.js';
import { InboundSchema, readInbound } from './inbound-text.js';
import type { Customer } from './sender.js';

const REPLIES = {
  start: 'You will get messages again. Reply MENU for the menu, STOP to end messages.',
  stop: 'You will get no more messages. Reply START to get them again.',
} as const;

/** Who texted; to which number where each has customers of its own, else null. */
interface Texting {
  from: string | null;
  to: string | null;
}

/** START and STOP, of which the last that was received counts, whichever is worked on first. */
export async function switchCustomer(
  { session, event, author }: Pick<Work<unknown>, 'session' | 'event' | 'author'>,
  { customer, isActive, ...texting }: Texting & { customer: Customer; isActive: boolean },
): Promise<Outcome> {
  const word = isActive ? 'START' : 'STOP';
  await session.query('SELECT FROM customers WHERE id = $1 FOR NO KEY UPDATE', [customer.id]);
  if (await hasChangedMindSince(session, event, texting)) {
    return { kind: 'processed', outcome: `${word}, and a later text says otherwise: nothing was changed.` };
  }
  const { changed } = await changeRows(session, {
    ...author,
    table: 'customers',
    columns: ['isActive'],
    ids: [customer.id],
    values: `
      SELECT id, $3::text AS reason, $2::boolean AS "isActive" FROM customers WHERE id = ANY ($1::text[])`,
    parameters: [isActive, `the customer sent ${word}`],
    whenLocked: 'wait',
  });
  const state = `the customer is ${isActive ? 'active' : 'inactive'} ${changed.length === 0 ? 'already' : 'now'}`;
  return { kind: 'processed', outcome: `${word}: ${state}.`, reply: REPLIES[isActive ? 'start' : 'stop'] };
}

/** Looks into what was received later, by the digits of the number: few texts, and these two words are rare. */
async function hasChangedMindSince(session: Session, event: StoredEvent, { from, to }: Texting): Promise<boolean> {
  if (from === null) return false;
  const { rows } = await session.query<{ source: Source; body: Buffer }>(
    `SELECT i.source, p.body FROM ops.webhook_inbox i JOIN ops.webhook_payloads p ON p.event_id = i.id
     WHERE i.received_at >= $1::timestamptz AND (i.received_at, i.id) > ($1::timestamptz, $2::bigint)
       AND i.event_type = 'sms.inbound' AND i.status = 'processed' AND position(convert_to($3, 'UTF8') IN p.body) > 0`,
    [event.receivedAt, event.id, from.replace(/^\+1?/, '')],
  );
  return rows.some((row) => {
    const parsed = InboundSchema.safeParse(readBody(row));
    if (!parsed.success) return false;
    const later = readInbound(parsed.data);
    if (later.from !== from || (to !== null && later.to !== to)) return false;
    return later.command.kind === 'stop' || later.command.kind === 'start';
  });
}
