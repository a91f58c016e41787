import pg from 'pg';
import { couldNot } from '../db/errors.js';
import { changeRows } from '../db/ledger.js';
import type { Pool } from '../db/pool.js';
import type { WritingRun } from '../db/run.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import type { LeftNumber, PlannedChange } from './plan.js';
import { COOLDOWN_DAYS, judgedNumbers, judgedParameters, lastTenDigits, readStandings } from './standing.js';

/** Numbers of one transaction, for each of which all businesses are read: 60,000 took 29 s by 500, and 16 s so. */
const BATCH = 2000;

export interface ApplyOptions {
  limits: SessionLimits;
  signal: AbortSignal;
  marginMs: number;
  provider: string | null;
  onProgress(done: number): void;
}

export interface Applied {
  /** Ids of the numbers that were changed. */
  numbers: Set<string>;
  /** Businesses that lost their number or their provider id. */
  businesses: number;
  /** Numbers that another transaction holds, or that are not any more what the plan saw. */
  left: LeftNumber[];
}

/** Does what was planned, in batches: a number and its businesses change in one transaction or not at all. */
export async function applyChanges(
  pool: Pool,
  run: WritingRun,
  changes: readonly PlannedChange[],
  options: ApplyOptions,
): Promise<Applied> {
  const applied: Applied = { numbers: new Set(), businesses: 0, left: [] };
  for (let start = 0; start < changes.length; start += BATCH) {
    await run.verify();
    const batch = changes.slice(start, start + BATCH);
    const outcome = await inSession(pool, { ...options, mode: 'write' }, (session) =>
      applyBatch(session, run.id, batch, options),
    ).catch(couldNot('change the numbers', options.signal));
    for (const id of outcome.numbers) applied.numbers.add(id);
    applied.businesses += outcome.businesses;
    applied.left.push(...outcome.left);
    options.onProgress(Math.min(start + BATCH, changes.length));
  }
  return applied;
}

async function applyBatch(
  session: Session,
  runId: string,
  batch: readonly PlannedChange[],
  { marginMs, provider }: ApplyOptions,
): Promise<Applied> {
  const ids = batch.map(({ number }) => number.id);
  const holders = await lockBusinesses(
    session,
    batch.flatMap(({ number }) => number.holders),
  );
  const [, ...further] = judgedParameters(ids, marginMs); // $1 is what changeRows could lock
  const { changed, busy } = await changeRows(session, {
    runId,
    table: 'phone_number_inventory',
    // assignedAt stays: the ledger has to tell from when to when a business had the number.
    columns: ['status', 'currentBusinessId', 'previousBusinessId', 'assignedAt', 'releasedAt', 'cooldownUntil'],
    ids,
    values: newNumbers(provider),
    parameters: [...further, JSON.stringify(batch.map(planned)), holders],
    whenLocked: 'skip',
  });
  const numbers = new Set(changed.map(({ id }) => id));
  const businesses = await clearBusinesses(
    session,
    runId,
    batch.filter(({ number }) => numbers.has(number.id)),
    provider,
  );
  const missed = batch.filter(({ number }) => !numbers.has(number.id));
  return { numbers, businesses, left: await explain(session, missed, new Set(busy), { marginMs, provider }) };
}

/** Never waits: the platform may hold a business and ask for its number. Ids of those that are ours now. */
async function lockBusinesses(session: Session, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await session.query<{ id: string }>(
    'SELECT id FROM business_customers WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE SKIP LOCKED',
    [ids],
  );
  return rows.map(({ id }) => id);
}

/** A change as the statement below compares it with what is there by then. */
function planned({ number, to, reason }: PlannedChange): Record<string, unknown> {
  const { id, standing, businessId, active } = number;
  return { id, standing, business: businessId, active, status: to, reason };
}

/** The planned rows that still stand as the plan saw them, and whose businesses are all locked (`$5`). */
function newNumbers(provider: string | null): string {
  return `${judgedNumbers(provider)}
    SELECT j.id, p.reason, p.status::"PhoneNumberStatus" AS status, NULL::text AS "currentBusinessId",
      coalesce(j."currentBusinessId", j."previousBusinessId") AS "previousBusinessId", j."assignedAt",
      CASE p.status WHEN 'COOLDOWN' THEN j.now ELSE j."releasedAt" END AS "releasedAt",
      CASE p.status WHEN 'COOLDOWN' THEN j.now + interval '${COOLDOWN_DAYS} days' END AS "cooldownUntil"
    FROM judged j
    JOIN jsonb_to_recordset($4::jsonb) AS p (id text, standing text, business text, active text[], status text, reason text)
      ON p.id = j.id AND p.standing = j.standing AND p.business IS NOT DISTINCT FROM j."currentBusinessId" AND p.active = j.active
    WHERE j.holders <@ $5::text[]`;
}

/**
 * Takes a released number and its provider id from the businesses. One that has another number keeps that one, and a
 * provider id that belongs to another number of the inventory stays as well.
 */
async function clearBusinesses(
  session: Session,
  runId: string,
  changes: readonly PlannedChange[],
  provider: string | null,
): Promise<number> {
  const ids = [...new Set(changes.flatMap(({ clear }) => clear))];
  if (ids.length === 0) return 0;
  const number = `EXISTS (SELECT FROM released r WHERE r.digits = ${lastTenDigits('b."assignedPhoneNumber"')})`;
  const id = pg.escapeIdentifier(provider ?? '');
  const providerId = `, CASE
      WHEN EXISTS (SELECT FROM released r WHERE r.provider_id = b.${id}) THEN NULL
      WHEN ${number} AND NOT EXISTS (
        SELECT FROM phone_number_inventory o WHERE o.${id} = b.${id} AND o.id <> ALL ($2::text[])
      ) THEN NULL ELSE b.${id} END AS ${id}`;
  const { changed } = await changeRows(session, {
    runId,
    table: 'business_customers',
    columns: ['assignedPhoneNumber', ...(provider === null ? [] : [provider])],
    ids,
    values: `
      WITH released AS (
        SELECT ${lastTenDigits('"phoneNumber"')} AS digits, ${provider === null ? 'NULL::text' : id} AS provider_id
        FROM phone_number_inventory WHERE id = ANY ($2::text[])
      )
      SELECT b.id, 'its number was released' AS reason,
        CASE WHEN ${number} THEN NULL ELSE b."assignedPhoneNumber" END AS "assignedPhoneNumber"${provider === null ? '' : providerId}
      FROM business_customers b WHERE b.id = ANY ($1::text[])`,
    parameters: [changes.map((change) => change.number.id)],
    whenLocked: 'skip',
    changesKeys: true,
  });
  return changed.length;
}

/** Why planned numbers were left after all. */
async function explain(
  session: Session,
  missed: readonly PlannedChange[],
  busy: ReadonlySet<string>,
  query: { marginMs: number; provider: string | null },
): Promise<LeftNumber[]> {
  if (missed.length === 0) return [];
  const now = await readStandings(session, { ...query, ids: missed.map(({ number }) => number.id) });
  const byId = new Map(now.map((number) => [number.id, number]));
  return missed.map(({ number: before }) => {
    const number = byId.get(before.id);
    if (number === undefined) {
      return { number: before, why: 'changed', message: 'It is gone since the plan was made.', next: 'Nothing.' };
    }
    const { standing, businessId, active } = number;
    const stands =
      standing === before.standing && businessId === before.businessId && `${active}` === `${before.active}`;
    if (busy.has(before.id) || stands) {
      const message = 'Another transaction is at work on it or on its business.';
      return { number, why: 'busy', message, next: 'Run this again when that has ended.' };
    }
    const whose = businessId === null ? '' : `, with business ${businessId}`;
    const message = `It has changed since the plan was made: it is ${number.status} now${whose}.`;
    return { number, why: 'changed', message, next: 'Look at it again with another dry run.' };
  });
}
