import { unknownBusiness } from '../db/businesses.js';
import { generationOf, readLiveSchema } from '../db/catalog.js';
import { couldNot, sqlState } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { requireOpsIn } from '../db/requirements.js';
import { type Access, inSession, type Session } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import type { Dataset } from './dataset.js';
import { type Period, readPeriod, type WantedPeriod } from './period.js';
import { hasHistory, type Selection } from './statement.js';

/** A selection that is still to be looked for in a database. */
export interface Request extends Omit<Selection, 'period' | 'isNewer'> {
  wanted: WantedPeriod;
  timezone: string;
}

/**
 * Turns a request into a selection of rows that the database has: its generation, the period's instants, the business.
 * Throws USAGE, NOT_FOUND for an unknown business, OPS_NOT_INSTALLED and HISTORY_MISSING where rows would have to be made up.
 */
export async function prepare(pool: Pool, request: Request, { limits, signal }: Access): Promise<Selection> {
  const { wanted, timezone, ...chosen } = request;
  const { dataset, business } = chosen;
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
    const period = await readPeriod(session, wanted, {
      timezone,
      fallback: dataset.period,
      wholeMonths: dataset.slice === 'month',
    });
    if (dataset.name === 'changes') await requireOpsIn(session, 'change_log');
    if (hasHistory(chosen)) await requireHistory(session, period);
    return { ...chosen, period, isNewer };
  }).catch(couldNot(`prepare the export of ${dataset.name}`, signal));
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
  const hint = await unknownBusiness(session, id);
  if (hint !== null) throw new SmsfoodError('NOT_FOUND', `--business: there is no business with the id "${id}".`, hint);
}

/** What a business was in a past month is known from the days on which it was seen, and from nothing else. */
async function requireHistory(session: Session, { from, to, timezone }: Period): Promise<void> {
  await requireOpsIn(session, 'business_health');
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
