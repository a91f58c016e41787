import { canRead } from '../db/catalog.js';
import { couldNot } from '../db/errors.js';
import { type ChangeLimit, changeRows, exceeded, refuseTooMany } from '../db/ledger.js';
import type { Pool } from '../db/pool.js';
import { inRun, type WritingRun } from '../db/run.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import { forgetOldChanges, OLD_CHANGES } from './old-changes.js';

/** Messages of one transaction: a moment's work, so that nobody who sends one waits for it. */
const BATCH = 2_000;

export interface RetentionOptions {
  runId: string;
  apply: boolean;
  limit: ChangeLimit;
  /** Texts of messages older than this many days are blanked. */
  messageDays: number;
  /** Personal values in entries of the ledger older than this many days are removed. */
  ledgerDays: number;
  limits: SessionLimits;
  signal: AbortSignal;
  onProgress(text: string): void;
}

export interface Due {
  rows: number;
  /** Null where there is none. */
  oldest: string | null;
}

export interface Retention {
  mode: 'dry-run' | 'apply';
  now: string;
  /** Texts that are due, before the run. */
  messages: Due;
  /** Entries of the ledger that are due; null where the ledger is not installed, or closed to this role. */
  ledger: Due | null;
  /** What was done; null in a dry run. */
  done: { messages: number; ledger: number } | null;
  /** Messages that another transaction held: the next run takes them. */
  busy: number;
  /** Set where --apply would refuse the plan, as larger than this. */
  tooMany: number | null;
}

interface Plan extends Pick<Retention, 'now' | 'messages' | 'ledger'> {
  /** Messages in all, for the guard. */
  tableRows: number;
}

/** What is older than its period; with `apply` it is blanked. Throws OPS_NOT_INSTALLED, TOO_MANY_CHANGES, LOCKED. */
export async function keepPeriods(pool: Pool, options: RetentionOptions): Promise<Retention> {
  if (!options.apply) {
    const { tableRows, ...plan } = await planRetention(pool, options);
    const tooMany = exceeded(options.limit, plan.messages.rows, tableRows);
    return { mode: 'dry-run', ...plan, done: null, busy: 0, tooMany };
  }
  const { messageDays, ledgerDays, limit } = options;
  const { value } = await inRun(
    pool,
    {
      ...options,
      id: options.runId,
      command: 'privacy retention',
      arguments: { messageDays, ledgerDays, ...limit },
      writes: ['sms_logs'],
    },
    async (run) => {
      const { tableRows, ...plan } = await planRetention(pool, options);
      refuseTooMany('sms_logs', plan.messages.rows, tableRows, limit);
      const { blanked, busy } = await blankMessages(pool, run, options, plan);
      const ledger = await forgetOldChanges(pool, run, options);
      const done = { messages: blanked, ledger };
      const retention: Retention = { mode: 'apply', ...plan, done, busy, tooMany: null };
      return { value: retention, exitCode: retentionExitCode(retention), summary: { ...done, busy } };
    },
  );
  return value;
}

/** 1 where something is kept for too long: in a dry run what is due, after `--apply` what could not be changed. */
export function retentionExitCode({ mode, messages, ledger, busy }: Retention): 0 | 1 {
  return (mode === 'dry-run' ? messages.rows + (ledger?.rows ?? 0) : busy) > 0 ? 1 : 0;
}

/** `$1` is the end of the period, in UTC. */
const IS_DUE = `"createdAt" < $1::timestamp AND message <> ''`;

/** The end of a period by the database's clock, as the platform writes times. */
const CUTOFF = `(transaction_timestamp() AT TIME ZONE 'UTC' - make_interval(days => $1))::timestamp(3)`;

async function planRetention(pool: Pool, options: RetentionOptions): Promise<Plan> {
  return inSession(pool, { ...options, mode: 'read' }, async (session) => {
    const { rows } = await session.query<Due & { now: string; all: number }>(
      `SELECT date_trunc('milliseconds', transaction_timestamp()) AS now, count(*) AS all,
         count(*) FILTER (WHERE "createdAt" < ${CUTOFF} AND message <> '') AS rows,
         min("createdAt") FILTER (WHERE "createdAt" < ${CUTOFF} AND message <> '') AS oldest
       FROM sms_logs`,
      [options.messageDays],
    );
    const [counted] = rows;
    if (counted === undefined) throw new Error('counts without a row');
    const messages = { rows: counted.rows, oldest: counted.oldest };
    const ledger = (await canRead(session, 'ops.change_log'))
      ? await countOldChanges(session, options.ledgerDays)
      : null;
    return { now: counted.now, messages, ledger, tableRows: counted.all };
  }).catch(couldNot('look for what is too old', options.signal));
}

async function countOldChanges(session: Session, days: number): Promise<Due> {
  const { rows } = await session.query<Due>(
    `SELECT count(*) AS rows, min(l.at) AS oldest FROM ops.change_log l WHERE ${OLD_CHANGES}`,
    [days],
  );
  return rows[0] ?? { rows: 0, oldest: null };
}

/** In the order of the ids, each batch from where the last one ended: there is no index but that of the primary key. */
async function blankMessages(
  pool: Pool,
  run: WritingRun,
  options: RetentionOptions,
  { messages }: Pick<Plan, 'messages'>,
): Promise<{ blanked: number; busy: number }> {
  const outcome = { blanked: 0, busy: 0 };
  const reason = `older than ${options.messageDays} days`;
  let last = '';
  for (;;) {
    await run.verify();
    const batch = await inSession(pool, { ...options, mode: 'write' }, async (session) => {
      const cutoff = await cutoffOf(session, options.messageDays);
      const { rows } = await session.query<{ id: string }>(
        `SELECT id FROM sms_logs WHERE ${IS_DUE} AND id > $2 ORDER BY id LIMIT ${BATCH}`,
        [cutoff, last],
      );
      const ids = rows.map(({ id }) => id);
      const { changed, busy } = await changeRows(session, {
        runId: run.id,
        table: 'sms_logs',
        columns: ['message'],
        ids,
        values: `SELECT id, $2::text AS reason, '' AS message FROM sms_logs WHERE id = ANY ($1::text[]) AND "createdAt" < $3::timestamp`,
        parameters: [reason, cutoff],
        whenLocked: 'skip',
        forgets: true,
      });
      return { ids, changed: changed.length, busy: busy.length };
    }).catch(couldNot('blank the texts of old messages', options.signal));
    outcome.blanked += batch.changed;
    outcome.busy += batch.busy;
    options.onProgress(`Blanking texts (${outcome.blanked} of ${messages.rows})`);
    last = batch.ids.at(-1) ?? last;
    if (batch.ids.length < BATCH) return outcome;
  }
}

async function cutoffOf(session: Session, days: number): Promise<string> {
  const { rows } = await session.query<{ cutoff: string }>(`SELECT ${CUTOFF} AS cutoff`, [days]);
  return rows[0]?.cutoff ?? '';
}
