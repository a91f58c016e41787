import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type NightlyWorld, nightlyWorld } from './nightly-world.js';

let world: NightlyWorld;
beforeAll(async () => {
  world = await nightlyWorld();
});
afterAll(() => world.drop());
beforeEach(() => world.query('TRUNCATE ops.change_log, ops.runs, ops.check_results, ops.watermarks CASCADE'));

const TODAY = `(now() AT TIME ZONE 'America/New_York')::date`;

interface PastNight {
  /** Calendar days before today, in New York, at a quarter past three; not later than now. */
  daysAgo: number;
  apply?: boolean;
  only?: string | null;
  status?: string;
  killed?: boolean;
}

/** A row that an earlier night left. */
async function earlier({
  daysAgo,
  apply = true,
  only = null,
  status = 'done',
  killed = false,
}: PastNight): Promise<void> {
  await world.query(
    `INSERT INTO ops.runs (id, command, feature, arguments, version, host, started_at, finished_at, status, exit_code)
     SELECT $1, 'nightly', 'nightly', $2, '0.1.0', 'old-host', at, CASE WHEN $4 THEN NULL ELSE at + interval '1 minute' END, $3, CASE WHEN $4 THEN NULL ELSE 0 END
     FROM (SELECT least((${TODAY} - $5::integer + time '03:15') AT TIME ZONE 'America/New_York', now() - interval '2 minutes') AS at) AS clock`,
    [randomUUID(), { apply, only, skip: null, releaseInactive: false }, status, killed, daysAgo],
  );
}

async function day(daysAgo: number): Promise<string> {
  const [row] = await world.rows(`SELECT (${TODAY} - $1::integer)::text AS day`, [daysAgo]);
  return String(row?.day);
}

const night = () => world.night(['--apply']);

it('the first night misses none', async () => {
  const { past } = await night();
  expect(past).toEqual({ lastStartedAt: null, missed: null, snapshotsMissing: 0, unfinished: null });
});

it.each([0, 1])('a night of %i days ago was the last one: none was missed', async (daysAgo) => {
  await earlier({ daysAgo });
  const { past } = await night();
  expect(past).toMatchObject({ missed: null, snapshotsMissing: 0, unfinished: null });
  expect(past?.lastStartedAt).not.toBeNull();
  expect(await world.nightly(['--apply'])).toEqual({ code: 0, stdout: '', stderr: '' });
});

it('one missed night is said, with the snapshots that are gone for good, and once', async () => {
  await earlier({ daysAgo: 2 });
  const { code, stdout, stderr } = await world.nightly(['--apply']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(
    `One night was missed: there was none on ${await day(1)}. This one looks at everything since.`,
  );
  expect(stdout.replaceAll('\n', ' ')).toContain(
    'The daily snapshots of one day (ops.business_health, ops.kpi_snapshots) cannot be made up for.',
  );
  const [run] = (await world.runs()).filter(({ command }) => command === 'nightly').slice(-1);
  expect(run?.summary).toMatchObject({ missedNights: 1 });
  expect(await world.nightly(['--apply'])).toEqual({ code: 0, stdout: '', stderr: '' });
});

it('several are counted by the days between, and the snapshots by what is there', async () => {
  await earlier({ daysAgo: 11 });
  await world.query(
    `INSERT INTO ops.kpi_snapshots (day, kpi_id, value, unit, computed_at) SELECT ${TODAY} - n, 'aov', 1, 'cents', now() FROM unnest(ARRAY[3, 4, 11, 12]) n`,
  );
  const { past } = await night();
  expect(past).toMatchObject({
    missed: { nights: 10, first: await day(10), last: await day(1) },
    snapshotsMissing: 8,
  });
  await world.query(`DELETE FROM ops.kpi_snapshots WHERE day < ${TODAY}`);
});

it('what was missed is made up for by the steps that go on where they were', async () => {
  await night();
  // As if that night had been five days ago, and an order had changed since.
  await world.query(`UPDATE ops.runs SET started_at = started_at - interval '5 days', finished_at = finished_at - interval '5 days';
    UPDATE ops.watermarks SET at = at - interval '5 days'`);
  await world.query(
    `UPDATE orders SET status = 'CANCELLED', "updatedAt" = (now() AT TIME ZONE 'UTC') - interval '3 days'
     WHERE id = (SELECT id FROM orders WHERE status = 'DELIVERED' AND "createdAt" > (now() AT TIME ZONE 'UTC') - interval '10 days' ORDER BY "createdAt" LIMIT 1)`,
  );
  const { past, step, exitCode } = await night();
  expect(past?.missed?.nights).toBe(4);
  expect(step('reconcile')?.counts).toMatchObject({ applied: 1, left: 0 });
  expect(step('summaries')?.counts.written).toBeGreaterThan(0);
  expect(exitCode).toBe(0);
  const [sums] = await world.rows(
    `SELECT (SELECT sum(gmv_cents)::int FROM ops.daily_order_stats) AS summed,
       (SELECT sum("totalAmount")::int FROM orders WHERE status::text IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')) AS sold,
       (SELECT sum("totalSpent")::int FROM customers) AS spent`,
  );
  expect(sums?.summed).toBe(sums?.sold);
  expect(sums?.spent).toBe(sums?.sold);
});

it('a night that ended with findings or errors was a night; one that was stopped, a part, or a dry run was none', async () => {
  await earlier({ daysAgo: 5, status: 'errors' });
  await earlier({ daysAgo: 3, only: 'checks' });
  await earlier({ daysAgo: 2, apply: false });
  await earlier({ daysAgo: 1, status: 'interrupted' });
  const { past } = await night();
  expect(past?.missed).toMatchObject({ nights: 4, first: await day(4) });
  expect(past?.unfinished?.killed).toBe(false);
  await world.query(`TRUNCATE ops.watermarks; DELETE FROM ops.runs WHERE host <> 'old-host'`);
  // For a dry run any night will do.
  expect((await world.night()).past?.missed).toMatchObject({ nights: 1, first: await day(1) });
});

it('a night that was killed is said, and all of it is done again', async () => {
  await earlier({ daysAgo: 1 });
  await earlier({ daysAgo: 0, status: 'running', killed: true });
  const { code, stdout } = await world.nightly(['--apply']);
  expect(code).toBe(0);
  expect(stdout.replaceAll('\n', ' ')).toMatch(
    /The night that began at [\dT:.-]+Z has recorded no end: it was killed, or lost the database\. All of it is done again\./,
  );
  expect(await world.rows(`SELECT status FROM ops.runs WHERE host = 'old-host' ORDER BY started_at`)).toEqual([
    { status: 'done' },
    { status: 'interrupted' },
  ]);
  expect(await world.nightly(['--apply'])).toEqual({ code: 0, stdout: '', stderr: '' });
});

it('the days are those of the business time zone', async () => {
  // Late in the evening of the day before yesterday in Kiritimati, which in New York is a morning.
  const zone = 'Pacific/Kiritimati';
  await world.query(
    `INSERT INTO ops.runs (id, command, feature, arguments, version, host, started_at, finished_at, status, exit_code)
     SELECT $1, 'nightly', 'nightly', '{"apply": true, "only": null}', '0', 'old-host', at, at, 'done', 0
     FROM (SELECT ((now() AT TIME ZONE '${zone}')::date - 2 + time '23:59:59') AT TIME ZONE '${zone}' AS at) AS clock`,
    [randomUUID()],
  );
  const { past } = await world.night(['--apply', '--skip', 'summaries', '--skip', 'segments'], {
    env: { SMSFOOD_TIMEZONE: zone },
  });
  expect(past?.missed?.nights).toBe(1);
});
