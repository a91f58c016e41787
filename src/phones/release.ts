import { readNow } from '../db/business-clock.js';
import type { Pool } from '../db/pool.js';
import { inRun } from '../db/run.js';
import { inSession } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { applyChanges } from './apply.js';
import { findNumber } from './find-number.js';
import { named, type PlannedChange } from './plan.js';
import { type ChangeOptions, type Changes, exitCodeOf, summaryOf } from './recycle.js';
import { COOLDOWN_DAYS, type NumberStanding, providerColumn, readStandings } from './standing.js';

export interface ReleaseOptions extends ChangeOptions {
  /** As a person writes it, or its id. */
  number: string;
  /** Also where a business that has not left uses it. */
  force: boolean;
}

/**
 * Releases one number by hand: it goes into its cooldown, and its business loses it. Throws NOT_FOUND, and USAGE where
 * it is neither ASSIGNED nor RESERVED or, without `force`, in use.
 */
export async function release(pool: Pool, options: ReleaseOptions): Promise<Changes> {
  const { change, provider, now } = await plan(pool, options);
  const planned = [change];
  if (!options.apply) return { mode: 'dry-run', now, planned, applied: null, businesses: null, left: [] };
  const { value } = await inRun(
    pool,
    {
      ...options,
      id: options.runId,
      command: 'phones release',
      arguments: { number: change.number.id, force: options.force },
      writes: ['phone_number_inventory', 'business_customers'],
    },
    async (run) => {
      const { numbers, businesses, left } = await applyChanges(pool, run, planned, {
        ...options,
        provider,
        onProgress: () => undefined,
      });
      const released: Changes = { mode: 'apply', now, planned, applied: numbers, businesses, left };
      return { value: released, exitCode: exitCodeOf(released, 'release'), summary: summaryOf(released) };
    },
  );
  return value;
}

async function plan(pool: Pool, options: ReleaseOptions) {
  return inSession(pool, { ...options, mode: 'read' }, async (session) => {
    const provider = await providerColumn(session, pool.url.schema);
    const id = await findNumber(session, options.number);
    const [number] = await readStandings(session, { provider, ids: [id], marginMs: options.marginMs });
    if (number === undefined) throw new Error('a number that was found has no standing'); // one snapshot
    return { change: releaseOf(number, options.force), provider, now: await readNow(session) };
  });
}

function releaseOf(number: NumberStanding, force: boolean): PlannedChange {
  const { id, status, businessId, holders, active, activeNames, leftAs } = number;
  if (status !== 'ASSIGNED' && status !== 'RESERVED') {
    throw new SmsfoodError(
      'USAGE',
      `The number ${id} is ${status}: only a number that is ASSIGNED or RESERVED can be released.`,
      NEXT[status] ?? `\`smsfood phones audit ${id}\` says more.`,
    );
  }
  if (active.length > 0 && !force) {
    throw new SmsfoodError(
      'USAGE',
      `The number ${id} is in use by ${named(active, activeNames)}, which ${active.length === 1 ? 'has' : 'have'} not left.`,
      'Add --force if that business is to lose it.',
    );
  }
  const whose =
    businessId === null ? 'of no business' : `of business ${businessId}${leftAs === null ? '' : ` (${leftAs})`}`;
  return {
    number,
    to: 'COOLDOWN',
    // Others that are active and count it as their own were not asked about: the inventory does not name them.
    clear: holders.filter((holder) => holder === businessId || !active.includes(holder)),
    reason: `released by hand, ${status} ${whose}`,
  };
}

const NEXT: Readonly<Record<string, string>> = {
  AVAILABLE: 'It is free already.',
  COOLDOWN: `It has been released already; \`smsfood phones recycle\` makes it AVAILABLE ${COOLDOWN_DAYS} days later.`,
};
