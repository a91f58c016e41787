import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { smsfood } from '../harness/run.js';
import { type SummaryWorld, seed, summaryWorld } from '../summaries/world.js';

const DAYS = 60;

/** Only the clock of this process is wrong; the timers and the database keep theirs. */
async function withClock<T>(days: number, work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * 86_400_000 });
  try {
    return await work();
  } finally {
    vi.useRealTimers();
  }
}

describe('a client whose clock is two months off', () => {
  let world: SummaryWorld;
  beforeAll(async () => {
    world = await summaryWorld();
    await seed(world, 'every');
  });
  afterAll(() => world.drop());
  afterEach(() => vi.useRealTimers());
  const run = (...args: string[]) => smsfood([...args, '--format', 'csv'], { env: { DATABASE_URL: world.url } });

  it.each([
    [['phones', 'list'], 0],
    [['phones', 'recycle', '--release-inactive'], 1],
    [['segments'], 1],
    [['reconcile', '--full'], 1],
  ])('sees with %j what every other sees', async (args, code) => {
    const right = await run(...args);
    expect(right).toMatchObject({ code, stderr: '' });
    expect(right.stdout.split('\n').length).toBeGreaterThan(3);
    for (const days of [-DAYS, DAYS]) expect(await withClock(days, () => run(...args))).toEqual(right);
  });

  it('changes what every other would change, and stamps it with the time of the database', async () => {
    const late = await withClock(DAYS, async () => [
      await run('phones', 'recycle', '--release-inactive', '--apply', '--force'),
      await run('segments', '--apply', '--force'),
      await run('reconcile', '--apply', '--full', '--force'),
      await run('refresh'),
    ]);
    for (const { stderr } of late) expect(stderr).toBe('');
    expect((await run('phones', 'recycle', '--release-inactive')).stdout).not.toContain(',AVAILABLE,');
    expect((await run('segments')).code).toBe(0);
    const { rows } = await world.query<{ what: string; off: number }>(
      `SELECT what, max(abs(extract(epoch FROM now() - at)))::int AS off FROM (
         SELECT 'runs' AS what, started_at AS at FROM ops.runs UNION ALL SELECT 'runs', finished_at FROM ops.runs
         UNION ALL SELECT 'changes', at FROM ops.change_log
         UNION ALL SELECT 'customers', max("updatedAt") AT TIME ZONE 'UTC' FROM customers
         UNION ALL SELECT 'numbers', max("releasedAt") AT TIME ZONE 'UTC' FROM phone_number_inventory
         UNION ALL SELECT 'watermarks', at FROM ops.watermarks UNION ALL SELECT 'summaries', refreshed_at FROM ops.summaries
       ) AS stamp GROUP BY what ORDER BY what`,
    );
    expect(rows.map(({ what }) => what)).toEqual([
      'changes',
      'customers',
      'numbers',
      'runs',
      'summaries',
      'watermarks',
    ]);
    for (const { what, off } of rows) expect({ what, isNear: off < 600 }).toEqual({ what, isNear: true });
  });
});
