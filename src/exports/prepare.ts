import { generationOf, readLiveSchema } from '../db/catalog.js';
import { sqlState, statementError } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { suggestion } from '../nearest.js';
import { chooseColumns, chooseStatuses } from './choose.js';
import type { CellStyle } from './column.js';
import type { Dataset } from './dataset.js';
import { needsHistory } from './datasets/invoices.js';
import { type Period, readPeriod, type WantedPeriod } from './period.js';
import type { Selection } from './statement.js';

export interface Request {
  dataset: Dataset;
  wanted: WantedPeriod;
  columns: readonly string[] | null;
  statuses: readonly string[] | null;
  business: string | null;
  style: CellStyle;
  timezone: string;
  sold: readonly string[];
}

export interface Access {
  limits: SessionLimits;
  signal: AbortSignal;
}

/** What can be refused without a database. Throws USAGE. */
export function refuseRequest({ dataset, columns, statuses }: Request): void {
  chooseColumns(dataset, columns);
  chooseStatuses(dataset, statuses);
}

/**
 * Turns a request into a selection of rows that the database has: its generation, the period's instants, the business.
 * Throws USAGE, NOT_FOUND for an unknown business, OPS_NOT_INSTALLED and HISTORY_MISSING where rows would have to be made up.
 */
export async function prepare(pool: Pool, request: Request, { limits, signal }: Access): Promise<Selection> {
  const { dataset, timezone, business } = request;
  const columns = chooseColumns(dataset, request.columns);
  const statuses = chooseStatuses(dataset, request.statuses);
  return inSession(pool, { mode: 'read', limits, signal }, async (session) => {
    const schema = await readLiveSchema(session, pool.url.schema);
    const generation = generationOf(schema);
    if (generation === 'none')
      throw new SmsfoodError(
        'DB_QUERY_FAILED',
        `The schema "${pool.url.schema}" has no table customers.`,
        'Is this the database of the marketplace? `smsfood doctor` shows what is there.',
      );
    const isNewer = generation === 'newer';
    await requireZone(session, timezone);
    if (business !== null) await requireBusiness(session, dataset, business, isNewer);
    const period = await readPeriod(session, request.wanted, {
      timezone,
      fallback: dataset.period,
      wholeMonths: dataset.slice === 'month',
    });
    if (dataset.name === 'changes') await requireTable(session, 'ops.change_log', 'the ledger');
    if (needsHistory(dataset, columns)) await requireHistory(session, period);
    return { dataset, columns, style: request.style, period, business, statuses, sold: request.sold, isNewer };
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw statementError(error, `prepare the export of ${dataset.name}`);
  });
}

async function requireZone(session: Session, timezone: string): Promise<void> {
  try {
    await session.query('SELECT now() AT TIME ZONE $1', [timezone]);
  } catch (error) {
    if (sqlState(error) !== '22023') throw error;
    throw new SmsfoodError(
      'CONFIG_INVALID',
      `The database does not know the time zone ${timezone}.`,
      'Set SMSFOOD_TIMEZONE, or timezone in the configuration, to an IANA zone such as America/New_York.',
      { cause: error },
    );
  }
}

async function requireBusiness(session: Session, dataset: Dataset, id: string, isNewer: boolean): Promise<void> {
  if (!dataset.hasBusiness(isNewer))
    throw new SmsfoodError('USAGE', `--business: ${dataset.name} belong to no business in this database.`);
  const { rows } = await session.query<{ id: string; name: string }>(
    'SELECT id, "businessName" AS name FROM business_customers ORDER BY "businessName", id',
  );
  if (rows.some((row) => row.id === id)) return;
  const named = rows.find(({ name }) => name.toLowerCase() === id.toLowerCase());
  throw new SmsfoodError(
    'NOT_FOUND',
    `--business: there is no business with the id "${id}".`,
    named !== undefined
      ? `The business of that name has the id "${named.id}".`
      : suggestion(
          id,
          rows.map((row) => row.id),
        ),
  );
}

async function requireTable(session: Session, table: string, what: string): Promise<void> {
  const { rows } = await session.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [table]);
  if (rows[0]?.found === true) return;
  throw new SmsfoodError(
    'OPS_NOT_INSTALLED',
    `There is no ${table} in this database, where smsfood keeps ${what}.`,
    'Run `smsfood db install`; what was before it cannot be made up for.',
  );
}

/** What a business was in a past month is known from the days on which it was seen, and from nothing else. */
async function requireHistory(session: Session, { from, to, timezone }: Period): Promise<void> {
  await requireTable(session, 'ops.business_health', 'what each business was on a day');
  const { rows } = await session.query<{ month: string }>(
    `SELECT to_char(month, 'YYYY-MM') AS month
     FROM generate_series($1::timestamptz AT TIME ZONE $3, ($2::timestamptz AT TIME ZONE $3) - interval '1 day', '1 month') AS month
     WHERE NOT EXISTS (SELECT FROM ops.business_health WHERE day >= month::date AND day < (month + interval '1 month')::date)
     ORDER BY month`,
    [from, to, timezone],
  );
  if (rows.length === 0) return;
  throw new SmsfoodError(
    'HISTORY_MISSING',
    `What businesses subscribed to is not known for ${rows.map(({ month }) => month).join(', ')}: ops.business_health has no day of it.`,
    '`smsfood refresh`, run daily, keeps that from now on. For the rest of the invoice name its columns: --columns month,business_id,business_name,orders,gmv,platform_fees,number_fee',
  );
}
