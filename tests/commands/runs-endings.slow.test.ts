import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startProgram } from '../harness/process.js';
import { smsfood } from '../harness/run.js';
import { type PhonesWorld, phonesWorld } from './phones-world.js';

/** More than the 2,000 that change in one transaction. */
const NUMBERS = 2_100;

let world: PhonesWorld;
beforeAll(async () => {
  world = await phonesWorld();
});
afterAll(() => world.drop());

const run = (...args: string[]) => smsfood(args, { env: { DATABASE_URL: world.url } });
async function json(...args: string[]) {
  const { code, stdout, stderr } = await run(...args, '--format', 'json');
  if (stdout === '') throw new Error(stderr);
  return { code, document: JSON.parse(stdout) };
}
const changed = async () =>
  Number((await world.rows(`SELECT count(*) AS n FROM phone_number_inventory WHERE status = 'AVAILABLE'`))[0]?.n);
const logged = async () => Number((await world.rows('SELECT count(*) AS n FROM ops.change_log'))[0]?.n);

describe('a run that did not come to its end', () => {
  beforeEach(async () => {
    await world.clear();
    await world.query(
      `INSERT INTO phone_number_inventory (id, "phoneNumber", "areaCode", status, "releasedAt", "cooldownUntil", "updatedAt")
       SELECT 'n' || n, '+1404' || (2000000 + n), '404', 'COOLDOWN', '2026-01-01', '2026-02-01', '2026-01-01'
       FROM generate_series(1, ${NUMBERS}) n`,
    );
  });

  /** Ends a recycling when it has committed its first batch, and waits for a row of the second. */
  async function halfWay(signal: 'SIGTERM' | 'SIGKILL') {
    const other = await world.connect();
    // Its batches go by id; the trigger stops the second on a lock that this session holds.
    await other.query('SELECT pg_advisory_lock(4711)');
    await world.query(
      `CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF (SELECT count(*) FROM ops.change_log) >= 2000 THEN PERFORM pg_advisory_xact_lock(4711); END IF; RETURN NEW; END $$;
       CREATE TRIGGER wait BEFORE UPDATE ON phone_number_inventory FOR EACH ROW EXECUTE FUNCTION wait()`,
    );
    try {
      const { child, ended } = startProgram(['phones', 'recycle', '--apply', '--force'], {
        env: { DATABASE_URL: world.url },
      });
      const waiting = () =>
        world.rows(
          `SELECT 1 AS is FROM pg_stat_activity WHERE datname = $1 AND wait_event = 'advisory' AND application_name LIKE 'smsfood/%'`,
          [world.name],
        );
      await expect.poll(waiting, { timeout: 15_000 }).toHaveLength(1);
      child.kill(signal);
      await ended;
      await expect.poll(waiting, { timeout: 5_000 }).toEqual([]);
    } finally {
      await other.query('SELECT pg_advisory_unlock(4711)');
      await world.query('DROP TRIGGER wait ON phone_number_inventory; DROP FUNCTION wait()');
    }
    const { document } = await json('runs', 'list', '--limit', '1');
    return document.runs[0];
  }

  it.each([
    ['SIGKILL', 'killed', null, 'It was killed before its end.'],
    ['SIGTERM', 'interrupted', 143, 'It was told to stop before its end.'],
  ] as const)('by %s is listed with what it changed, explained, and undone', async (signal, status, exit, sentence) => {
    const before = await world.contents();
    const listed = await halfWay(signal);
    expect(listed).toMatchObject({ command: 'phones recycle', status, exit, changes: 2000, undone: 0 });
    expect([await changed(), await logged()]).toEqual([2000, 2000]); // neither half a batch, nor a change without its entry

    const start = listed.id.slice(0, 8);
    expect((await run('runs', 'list')).stdout).toContain(`Run ${start} did not come to its end`);
    const shown = await run('runs', 'show', listed.id);
    expect(shown.stdout).toContain(`${sentence} What it had changed by then stands in the ledger, all of it.`);
    expect(shown.stdout).toMatch(/phone_number_inventory +2,000 +0 {2}its cooldown was over at/);
    const dry = await run('undo', listed.id);
    expect(dry.code).toBe(0);
    expect(dry.stdout).toContain(sentence);
    expect(dry.stdout).toContain('Would restore 2,000 rows of phone_number_inventory.');
    expect((await json('undo', listed.id)).document.status).toBe(status);

    const { document } = await json('undo', listed.id, '--apply');
    expect(document).toMatchObject({ restored: 2000, left: [], exitCode: 0 });
    const restored = (await world.contents()).replace(/"20\d\d-\d\d-\d\d [^"]*"\)/g, '');
    expect(restored).toBe(before.replace(/"20\d\d-\d\d-\d\d [^"]*"\)/g, '')); // all but updatedAt
    expect((await run('runs', 'list')).stdout).not.toContain('did not come to its end');
    const [, undone] = (await json('runs', 'list')).document.runs;
    expect(undone).toMatchObject({ id: listed.id, status: 'interrupted', exit, changes: 2000, undone: 2000 });
  });

  it('is finished by the next run, and then both are undone, the last first', async () => {
    const first = await halfWay('SIGKILL');
    expect((await run('phones', 'recycle', '--apply', '--force')).code).toBe(0);
    expect([await changed(), await logged()]).toEqual([NUMBERS, NUMBERS]);
    const [second] = (await json('runs', 'list')).document.runs;
    expect(second).toMatchObject({ status: 'done', changes: 100 });
    for (const { id } of [second, first]) expect((await json('undo', id, '--apply')).code).toBe(0);
    expect(await changed()).toBe(0);
  });
});

describe('runs of other kinds', () => {
  beforeEach(() => world.clear());

  it('a run of check shows its verdicts, and that it changed nothing', async () => {
    await world.query(`SELECT make('phone_number_inventory', '{"status": "COOLDOWN"}')`);
    await run('check', 'phones.*');
    const { document } = await json('runs', 'list');
    const [{ id }] = document.runs;
    expect(document.runs).toMatchObject([{ command: 'check', status: 'findings', exit: 1, changes: 0 }]);
    const counted = await world.rows(
      `SELECT status, count(*)::int AS n FROM ops.check_results GROUP BY status ORDER BY status`,
    );
    expect(counted.length).toBeGreaterThan(1);
    const shown = (await json('runs', 'show', id)).document;
    expect(shown).toMatchObject({ run: { command: 'check', exitCode: 1 }, changes: [], samples: [] });
    for (const { status, n } of counted) expect(shown.checks[String(status)]).toBe(n);
    const { stdout } = await run('runs', 'show', id);
    expect(stdout).toMatch(/^counted {4}fail 1\n/m);
    expect(stdout).toContain('It only judged.');
    const undo = await run('undo', id);
    expect(undo).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('changed no row') });
  });

  it('refuses a command of which no run is remembered, and names the one that was meant', async () => {
    expect((await json('runs', 'list')).document.runs).toEqual([]);
    expect((await run('runs', 'list')).stdout).toBe('No run is remembered yet.\n');
    expect((await run('runs', 'list', '--command', 'check')).stderr).toMatch(/No run of "check".*\[NOTHING_SELECTED\]/);
    await run('check', 'phones.*');
    const { code, stdout, stderr } = await run('runs', 'list', '--command', 'chekc');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/No run of "chekc" is remembered\. \[NOTHING_SELECTED\]\n {2}Did you mean "check"\?/);
  });

  it('shows changes at 80 columns without breaking an id or a time', async () => {
    await world.add('business_customers', { id: 'cmgwymok2000afy3db0oqt13z', isActive: false });
    await world.add('phone_number_inventory', {
      id: 'cmhzk5h2q000991culoy7u902',
      status: 'ASSIGNED',
      currentBusinessId: 'cmgwymok2000afy3db0oqt13z',
    });
    await run('phones', 'recycle', '--release-inactive', '--apply');
    const [{ id }] = (await json('runs', 'list')).document.runs;
    const options = { env: { DATABASE_URL: world.url, NO_COLOR: '1' }, terminal: true, columns: 80 };
    const { stdout } = await smsfood(['runs', 'show', id], options);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(stdout).toContain('cmhzk5h2q000991culoy7u902\n  status: ASSIGNED -> COOLDOWN\n  releasedAt: - -> 20');
    expect(stdout).toContain('  currentBusinessId: cmgwymok2000afy3db0oqt13z -> -\n');
    expect(stdout).toContain(`\`smsfood undo ${id.slice(0, 8)}\` says what of it can be taken back.`);
    const list = await smsfood(['runs', 'list'], options);
    expect(list.stdout).toMatch(/^ {2}Started +Run +Command +Status +Changes +Undone\n/);
    for (const line of list.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect((await run('runs', 'show', id, '--sample', '0')).stdout).not.toContain('for example');
  });
});
