import type { CatalogueEntry } from '../checks/catalogue.js';
import type { CheckRun } from '../checks/run.js';
import type { Context } from '../context.js';
import type { Session } from '../db/session.js';
import type { Snapshot } from '../db/snapshot.js';
import { SmsfoodError } from '../errors.js';
import type { KpiChapter } from '../kpi/chapters.js';
import type { KpiResult } from '../kpi/run.js';
import { type Chapter, emptyChapter } from '../page.js';
import type { Stats } from '../webhooks/stats.js';
import { count } from '../words.js';
import { kpiRequest } from './kpi-request.js';
import { judgeForScore, type Past, pastOf } from './scored.js';

export interface WantedPage {
  /** Id of the one business that it is about; null for all. */
  business: string | null;
  /** Nothing is read from the summary tables. */
  fresh: boolean;
}

/** What has been read so far. */
export interface Gathering {
  context: Context;
  /** The instant that all chapters are read on. */
  snapshot: Snapshot;
  /** Its connection was lost, and the instant with it. */
  isLost: boolean;
  tell(text: string): void;
  chapters: Chapter[];
  /** What should be known and is not, in a few words. */
  unknown: string[];
  /** Titles of chapters that had to be read on a later instant than those before them. */
  later: string[];
  /** What went wrong first. */
  trouble: SmsfoodError | null;
}

export interface Numbers {
  /** The instant of all of them, ISO 8601 in UTC. */
  now: string;
  businessName: string | null;
}

/** The KPIs. Throws USAGE for an unknown business. */
export async function addNumbers(gathering: Gathering, wanted: WantedPage): Promise<Numbers> {
  const { business } = wanted;
  const { context, tell, snapshot } = gathering;
  const [{ KPI_CHAPTERS }, { readBusinessClock }, { config }] = await Promise.all([
    import('../kpi/chapters.js'),
    import('../db/business-clock.js'),
    context.loaded(),
  ]);
  const { now } = await readBusinessClock(snapshot.first, config.timezone);
  const results: KpiResult[] = [];
  for (const form of KPI_CHAPTERS) {
    if (business !== null && form.report.business === 'refused') continue;
    tell(`Reading the numbers: ${form.title}`);
    await add(gathering, [form], async () => {
      const result = await readNumbers(context, snapshot.first, form, wanted);
      if (result === null) return [emptyChapter(form.id, form.title, NO_BUSINESS)];
      results.push(result);
      const { kpiChapter } = await import('../kpi/chapter.js');
      return [kpiChapter(result, form)];
    });
  }
  return { now, businessName: business === null ? null : nameIn(results) };
}

const NO_BUSINESS =
  'Unknown, because customers of this database belong to no business, and messages know their customer only.';

/** Null where a report cannot be limited to a business in this generation of the schema. */
async function readNumbers(
  context: Context,
  session: Session,
  { report, grain }: KpiChapter,
  { business, fresh }: WantedPage,
): Promise<KpiResult | null> {
  const [{ readKpi }, { inSavepoint }, { inWords }] = await Promise.all([
    import('../kpi/run.js'),
    import('../db/session.js'),
    import('../db/errors.js'),
  ]);
  const request = await kpiRequest(context, report, { by: grain, business: business ?? undefined, fresh });
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
  const heading = { id: 'webhooks', title: 'Webhooks' };
  gathering.tell('Reading the inbox of webhooks');
  await add(gathering, [heading], async () => {
    const snapshot = await instantFor(gathering, [heading]);
    const { webhooksChapter } = await import('../webhooks/chapter.js');
    try {
      const { stats, note } = await readInbox(gathering.context, snapshot);
      const chapter = webhooksChapter(stats);
      return [{ ...chapter, notes: note === null ? chapter.notes : [note, ...chapter.notes] }];
    } catch (error) {
      if (!(error instanceof SmsfoodError) || error.code !== 'OPS_NOT_INSTALLED') throw error;
      const why = 'Unknown, because the inbox of webhooks is not installed in this database (`smsfood db install`).';
      return [emptyChapter(heading.id, heading.title, why)];
    }
  });
}

/** Where REPLICA_URL leads to no inbox that may be read, that of the primary, which is of another instant. */
async function readInbox(context: Context, { pool, first }: Snapshot): Promise<{ stats: Stats; note: string | null }> {
  const [{ readStats, readStatsIn }, { inSavepoint }, { describe, isConnectionLost, isDatabaseTrouble }] =
    await Promise.all([import('../webhooks/stats.js'), import('../db/session.js'), import('../db/errors.js')]);
  const [{ config }, { direct, limits }] = await Promise.all([context.loaded(), context.database()]);
  const asked = { since: null, timezone: config.timezone };
  try {
    return { stats: await inSavepoint(first, () => readStatsIn(first, asked)), note: null };
  } catch (error) {
    context.io.signal.throwIfAborted();
    const primary = await direct();
    const isMissing = error instanceof SmsfoodError || (isDatabaseTrouble(error) && !isConnectionLost(error));
    if (primary === pool || !isMissing) throw error;
    const stats = await readStats(primary, { ...asked, limits, signal: context.io.signal });
    return {
      stats,
      note: `Of another instant than the rest of the page: read from the primary. REPLICA_URL: ${describe(error)}.`,
    };
  }
}

/** The checks as a score and as a list. The last chapters of the instant, which they end. */
export async function addChecks(gathering: Gathering, checks: readonly CatalogueEntry[]): Promise<void> {
  const { context, tell } = gathering;
  const headings = [
    { id: 'data-quality', title: 'Data quality' },
    { id: 'findings', title: 'Open findings' },
  ];
  await add(gathering, headings, async () => {
    const snapshot = await instantFor(gathering, headings);
    const { scorecardChapter, findingsChapter } = await import('../checks/chapters.js');
    const run = await judgeForScore(context, checks, tell, snapshot);
    await snapshot.end(); // nothing else is read on it, and a pooler may have no other connection for the history
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

/** One instant for all chapters; its first session reads, others join it where checks run side by side. */
export async function openInstant(context: Context): Promise<Snapshot> {
  const [{ openSnapshot }, database] = await Promise.all([import('../db/snapshot.js'), context.database()]);
  return openSnapshot(await database.reading(), 1, { limits: database.limits, signal: context.io.signal });
}

/** The instant of the page; where it was lost on the way, a later one, which the page says of these chapters. */
async function instantFor(gathering: Gathering, headings: readonly Pick<Chapter, 'id' | 'title'>[]): Promise<Snapshot> {
  const isLater = gathering.isLost || gathering.later.length > 0;
  if (gathering.isLost) {
    await gathering.snapshot.end();
    gathering.snapshot = await openInstant(gathering.context);
    gathering.isLost = false;
  }
  if (isLater) gathering.later.push(...headings.map(({ title }) => title));
  return gathering.snapshot;
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
    if (trouble.code === 'DB_LOST') gathering.isLost = true;
    for (const { id, title } of headings) {
      gathering.unknown.push(title);
      gathering.chapters.push(
        emptyChapter(id, title, `Unknown, because of trouble with the database. ${trouble.message}`),
      );
    }
  }
}
