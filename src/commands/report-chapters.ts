import type { CatalogueEntry } from '../checks/catalogue.js';
import type { CheckRun } from '../checks/run.js';
import type { Context } from '../context.js';
import type { Session } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import type { KpiChapter } from '../kpi/chapters.js';
import type { KpiResult } from '../kpi/run.js';
import { type Chapter, emptyChapter } from '../page.js';
import { count } from '../words.js';
import { kpiRequest } from './kpi-request.js';
import { judgeForScore, type Past, pastOf } from './scored.js';

/** What has been read so far. */
export interface Gathering {
  context: Context;
  tell(text: string): void;
  chapters: Chapter[];
  /** What should be known and is not, in a few words. */
  unknown: string[];
  /** What went wrong first. */
  trouble: SmsfoodError | null;
}

export interface Numbers {
  /** The instant of all of them, ISO 8601 in UTC. */
  now: string;
  businessName: string | null;
}

/** The KPIs, in one session. Throws USAGE for an unknown business, and where there is no session to be had. */
export async function addNumbers(gathering: Gathering, business: string | null): Promise<Numbers> {
  const { context, tell } = gathering;
  const [{ KPI_CHAPTERS }, { inSession }, { readBusinessClock }, { config }, database] = await Promise.all([
    import('../kpi/chapters.js'),
    import('../db/session.js'),
    import('../db/business-clock.js'),
    context.loaded(),
    context.database(),
  ]);
  const access = { limits: database.limits, signal: context.io.signal };
  return inSession(await database.reading(), { mode: 'read', ...access }, async (session) => {
    const { now } = await readBusinessClock(session, config.timezone);
    const results: KpiResult[] = [];
    for (const form of KPI_CHAPTERS) {
      if (business !== null && form.report.business === 'refused') continue;
      tell(`Reading the numbers: ${form.title}`);
      await add(gathering, [form], async () => {
        const result = await readNumbers(context, session, form, business);
        if (result === null) return [emptyChapter(form.id, form.title, NO_BUSINESS)];
        results.push(result);
        const { kpiChapter } = await import('../kpi/chapter.js');
        return [kpiChapter(result, form)];
      });
    }
    return { now, businessName: business === null ? null : nameIn(results) };
  });
}

const NO_BUSINESS =
  'Unknown, because customers of this database belong to no business, and messages know their customer only.';

/** Null where a report cannot be limited to a business in this generation of the schema. */
async function readNumbers(
  context: Context,
  session: Session,
  { report, grain }: KpiChapter,
  business: string | null,
): Promise<KpiResult | null> {
  const [{ readKpi }, { inSavepoint }, { inWords }] = await Promise.all([
    import('../kpi/run.js'),
    import('../db/session.js'),
    import('../db/errors.js'),
  ]);
  const request = await kpiRequest(context, report, { by: grain, business: business ?? undefined });
  try {
    return await inSavepoint(session, () => readKpi(session, report, request));
  } catch (error) {
    context.io.signal.throwIfAborted();
    if (error instanceof SmsfoodError && error.code === 'USAGE' && report.business === 'customers') return null;
    throw inWords(error, `read the numbers of kpi ${report.id}`);
  }
}

/** As the list of businesses has it, which is that one alone. */
function nameIn(results: readonly KpiResult[]): string | null {
  const list = results.flatMap(({ series }) => series).find(({ id }) => id === 'businesses');
  const name = list?.rows[0]?.name;
  return typeof name === 'string' && name.trim() !== '' ? name : null;
}

/** The inbox of webhooks. Without the schema ops there is none, and that is no trouble. */
export async function addWebhooks(gathering: Gathering): Promise<void> {
  const { context, tell } = gathering;
  const heading = { id: 'webhooks', title: 'Webhooks' };
  tell('Reading the inbox of webhooks');
  await add(gathering, [heading], async () => {
    const [{ readStats }, { webhooksChapter }, { config }, { direct, limits }] = await Promise.all([
      import('../webhooks/stats.js'),
      import('../webhooks/chapter.js'),
      context.loaded(),
      context.database(),
    ]);
    const access = { limits, signal: context.io.signal };
    try {
      return [webhooksChapter(await readStats(await direct(), { since: null, timezone: config.timezone, ...access }))];
    } catch (error) {
      if (!(error instanceof SmsfoodError) || error.code !== 'OPS_NOT_INSTALLED') throw error;
      const why = 'Unknown, because the inbox of webhooks is not installed in this database (`smsfood db install`).';
      return [emptyChapter(heading.id, heading.title, why)];
    }
  });
}

/** The checks as a score and as a list. */
export async function addChecks(gathering: Gathering, checks: readonly CatalogueEntry[]): Promise<void> {
  const { context, tell } = gathering;
  const headings = [
    { id: 'data-quality', title: 'Data quality' },
    { id: 'findings', title: 'Open findings' },
  ];
  await add(gathering, headings, async () => {
    const { scorecardChapter, findingsChapter } = await import('../checks/chapters.js');
    const run = await judgeForScore(context, checks, tell);
    const { past, noTrend } = await recall(context, checks, run);
    const unjudged = run.results.filter(({ status }) => status === 'error').length;
    if (unjudged > 0) gathering.unknown.push(`${count(unjudged, 'check')} among the open findings`);
    return [
      scorecardChapter({ now: run.now, results: run.results, past, noTrend, sandbox: false }),
      findingsChapter(run),
    ];
  });
}

/** The past of the checks, and since when their findings are open. Today's verdicts stand without it. */
async function recall(
  context: Context,
  checks: readonly CatalogueEntry[],
  run: CheckRun,
): Promise<Omit<Past, 'history'>> {
  const [{ addStates }, { isDatabaseTrouble, describe }] = await Promise.all([
    import('../checks/history.js'),
    import('../db/errors.js'),
  ]);
  try {
    const { history, past, noTrend } = await pastOf(context, checks);
    if (history.kind === 'open' && past.at !== null) await addStates(history, run);
    return { past, noTrend };
  } catch (error) {
    context.io.signal.throwIfAborted();
    if (!(error instanceof SmsfoodError) && !isDatabaseTrouble(error)) throw error;
    return { past: { results: [], at: null }, noTrend: describe(error) };
  }
}

/** Adds chapters, or for each in its place why it is unknown. An interrupt, wrong usage and bugs are thrown. */
async function add(
  gathering: Gathering,
  headings: readonly Pick<Chapter, 'id' | 'title'>[],
  read: () => Promise<Chapter[]>,
): Promise<void> {
  try {
    gathering.chapters.push(...(await read()));
  } catch (error) {
    gathering.context.io.signal.throwIfAborted();
    const { inWords } = await import('../db/errors.js');
    const trouble = inWords(error, 'read it');
    if (!(trouble instanceof SmsfoodError) || trouble.exitCode !== 3) throw error;
    gathering.trouble ??= trouble;
    for (const { id, title } of headings) {
      gathering.unknown.push(title);
      gathering.chapters.push(
        emptyChapter(id, title, `Unknown, because of trouble with the database. ${trouble.message}`),
      );
    }
  }
}
