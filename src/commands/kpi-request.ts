import type { Context } from '../context.js';
import type { KpiReport } from '../kpi/kpi.js';
import type { Comparison, Grain } from '../kpi/period.js';
import type { KpiRequest } from '../kpi/run.js';

/** What a person may ask of a report of numbers; without it, what is usual for it. */
export interface KpiChoices {
  from?: string | undefined;
  to?: string | undefined;
  business?: string | undefined;
  compare?: Comparison | undefined;
  by?: Grain | undefined;
  fresh?: boolean;
  asOf?: string | undefined;
}

/** The choices with what the configuration says of all numbers. */
export async function kpiRequest(context: Context, report: KpiReport, choices: KpiChoices): Promise<KpiRequest> {
  const { config } = await context.loaded();
  const { limits } = await context.database();
  return {
    timezone: config.timezone,
    sold: config.soldStatuses,
    business: choices.business ?? null,
    from: choices.from ?? null,
    to: choices.to ?? null,
    compare: choices.compare ?? null,
    grain: choices.by ?? 'day',
    fresh: choices.fresh ?? false,
    asOf: choices.asOf ?? null,
    freshMinutes: config.kpi.freshMinutes,
    churnDays: config.kpi.churnDays,
    smsSegmentCents: config.kpi.smsSegmentCents ?? null,
    scoring: report.id === 'rfm' ? await scoring(config.timezone, config.soldStatuses) : null,
    limits,
    signal: context.io.signal,
  };
}

/** The segments belong to another feature, which says how customers are scored. */
async function scoring(timezone: string, sold: readonly string[]): Promise<KpiRequest['scoring']> {
  const [{ SCORES }, { FEWEST_CUSTOMERS, SEGMENTS, segmentCells }, { day: date, fromPlaceholders, text, texts }] =
    await Promise.all([import('../segments/score.js'), import('../segments/segments.js'), import('../kpi/sql.js')]);
  const { cells, segments, categories } = segmentCells();
  return {
    // In the order of scoreValues().
    sql: (today) =>
      fromPlaceholders(SCORES, [...[cells, segments, categories, sold].map(texts), ...[date(today), text(timezone)]]),
    fewest: FEWEST_CUSTOMERS,
    segments: SEGMENTS.map(({ name }) => name),
  };
}
