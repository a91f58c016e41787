import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import type { Bounds, Findings, KpiReport, Row, Source } from './kpi.js';
import type { Comparison } from './period.js';
import { type KpiOptions, readScope } from './scope.js';
import { compile, withLiterals } from './sql.js';

export interface KpiResult extends Findings {
  report: KpiReport;
  timezone: string;
  business: string | null;
  period: Bounds;
  previous: Bounds | null;
  comparison: Comparison;
  source: Source;
}

export interface KpiRequest extends KpiOptions {
  limits: SessionLimits;
  signal: AbortSignal;
}

/** The numbers of a report, all of one instant. Throws USAGE, NOT_FOUND, and what a database in trouble brings. */
export async function runKpi(pool: Pool, report: KpiReport, options: KpiRequest): Promise<KpiResult> {
  return reading(pool, report, options, (session) => readKpi(session, report, options));
}

/** The same in a session of the caller's, for several reports of one instant. */
export async function readKpi(session: Session, report: KpiReport, options: KpiOptions): Promise<KpiResult> {
  const scope = await readScope(session, report, options);
  const { source, statements, periods, shape } = report.plan(scope);
  const answers: Row[][] = [];
  for (const statement of statements) {
    const { text, values } = compile(statement);
    answers.push((await session.query<Row>(text, values)).rows);
  }
  const { timezone, business, comparison } = scope;
  const { period, previous } = periods ?? scope;
  return { report, timezone, business, period, previous, comparison, source, ...shape(answers) };
}

/** The statements that `runKpi` would send now, with literals in place of the values, ready for psql. */
export async function kpiScript(
  pool: Pool,
  report: KpiReport,
  options: KpiRequest,
  { sandbox }: { sandbox: boolean },
): Promise<string> {
  return reading(pool, report, options, async (session) => {
    const scope = await readScope(session, report, options);
    const { source, statements } = report.plan(scope);
    const from = source.kind === 'orders' ? "the platform's tables" : source.tables.join(', ');
    const schema =
      pool.url.schema === 'public' ? '' : `SET search_path = '${pool.url.schema.replaceAll("'", "''")}';\n`;
    const parts = statements.map((statement) => `${withLiterals(statement).trim()};\n`);
    return `${sandbox ? '-- sandbox data\n' : ''}-- smsfood kpi ${report.id}, from ${from}, as of ${source.asOf}\nSET TimeZone = 'UTC';\n${schema}${parts.join('\n')}`;
  });
}

async function reading<T>(
  pool: Pool,
  report: KpiReport,
  { limits, signal }: KpiRequest,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return inSession(pool, { mode: 'read', limits, signal }, work).catch(
    couldNot(`read the numbers of kpi ${report.id}`, signal),
  );
}
