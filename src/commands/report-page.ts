import type { Context } from '../context.js';
import type { Chapter, Fact, Page } from '../page.js';
import { count } from '../words.js';
import { selectedChecks } from './check-options.js';
import {
  addChecks,
  addNumbers,
  addWebhooks,
  type Gathering,
  type Numbers,
  openInstant,
  type WantedPage,
} from './report-chapters.js';

export interface GatheredPage {
  page: Page;
  /** What should be known and is not, in a few words. */
  unknown: string[];
}

/**
 * Reads all chapters on one instant of the database. Trouble with a chapter is that chapter's; it is thrown only where not
 * one number can be read. Throws USAGE for an unknown business.
 */
export async function gatherPage(context: Context, wanted: WantedPage): Promise<GatheredPage> {
  const { business } = wanted;
  return context.progress(async (tell) => {
    // Before anything is sent to the database: their files may be wrong.
    const checks = business === null ? await selectedChecks(context, [], EVERY_CHECK) : [];
    const gathering: Gathering = {
      ...{ context, snapshot: await openInstant(context), isLost: false, tell },
      ...{ chapters: [], unknown: [], later: [], trouble: null },
    };
    try {
      const numbers = await addNumbers(gathering, wanted);
      const { chapters, unknown, trouble } = gathering;
      if (trouble !== null && chapters.every(({ figures }) => figures.length === 0)) throw trouble;
      if (business === null) {
        await addWebhooks(gathering);
        await addChecks(gathering, checks);
      }
      return { page: await pageOf(gathering, business, numbers), unknown };
    } finally {
      await gathering.snapshot.end();
    }
  });
}

/** Of the catalogue and of the configured folders. */
const EVERY_CHECK = { dimension: [], level: [], owner: [], checks: [], param: [] };

/** What knows no business. */
const OF_ALL = 'segments, webhooks, data quality and open findings';

async function pageOf(
  { context, chapters, unknown, later }: Gathering,
  business: string | null,
  { now, businessName }: Numbers,
): Promise<Page> {
  const [{ config }, { sandbox }] = await Promise.all([context.loaded(), context.database()]);
  const { timezone, soldStatuses } = config;
  return {
    title: business === null ? 'Marketplace report' : (businessName ?? business),
    lead:
      business === null
        ? 'Orders, customers and messages, and how far the data behind them can be trusted.'
        : 'Orders, customers and messages of one business.',
    facts: [
      { label: 'As of', value: `${wallClock(now, timezone)}, ${timezone} (${now})` },
      { label: 'Covers', value: business === null ? 'All businesses' : `Business ${business}` },
      ...(business === null
        ? quality(chapters)
        : [{ label: 'Left out', value: `What is about the marketplace as a whole: ${OF_ALL}` }]),
      { label: 'Sold means', value: `Orders that are ${soldStatuses.join(', ')}` },
    ],
    warnings: [
      ...(unknown.length === 0 ? [] : [`Unknown: ${unknown.join(', ')}. Each says why.`]),
      ...(later.length === 0
        ? []
        : [`Of a later instant, as the connection was lost on the way: ${later.join(', ')}.`]),
    ],
    chapters,
    sandbox,
  };
}

/** `2026-03-10 11:00` */
function wallClock(instant: string, timeZone: string): string {
  return new Date(instant).toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
}

/** The score, up here for those who read no further. */
function quality(chapters: readonly Chapter[]): Fact[] {
  const figures = chapters.flatMap((chapter) => chapter.figures);
  const [score, failing] = ['scorecard.overall', 'scorecard.failing'].map(
    (id) => figures.find((figure) => figure.id === id)?.value ?? null,
  );
  if (score == null || failing == null) return [];
  return [{ label: 'Data quality', value: `${score} of 100; ${count(Number(failing), 'check')} with findings` }];
}
