import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { cloneDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';
import { ALL, type NightlyWorld, nightlyWorld } from './nightly-world.js';

const STEPS = ['recycle', 'reconcile', 'segments', 'summaries', 'checks'];

let world: NightlyWorld;
beforeAll(async () => {
  world = await nightlyWorld();
});
afterAll(() => world.drop());
beforeEach(() => world.query('TRUNCATE ops.change_log, ops.runs, ops.check_results, ops.watermarks CASCADE'));

/** Damage of this test, and its repair at the end of it. */
async function damaged(damage: string, repair: string): Promise<void> {
  await world.query(damage);
  onTestFinished(async () => void (await world.query(repair)));
}

const OVERDUE = {
  damage: `INSERT INTO phone_number_inventory (id, "phoneNumber", "areaCode", status, "releasedAt", "cooldownUntil", "updatedAt")
    VALUES ('cooled', '+14705550199', '470', 'COOLDOWN', now() - interval '60 days', now() - interval '29 days', now())`,
  repair: `DELETE FROM phone_number_inventory WHERE id = 'cooled'`,
};
const FEELESS = {
  damage: `UPDATE orders SET "platformFee" = NULL WHERE id = (SELECT min(id) FROM orders WHERE status = 'DELIVERED')`,
  repair: `UPDATE orders SET "platformFee" = ("totalAmount" * 2 + 50) / 100 WHERE status = 'DELIVERED'`,
};

describe('a night in which all is well', () => {
  it('does every step in order, records it and each of them, and exits 0', async () => {
    const { steps, findings, exitCode, mode, stderr, run } = await world.night(['--apply'], ALL);
    expect({ mode, findings, exitCode, stderr }).toEqual({ mode: 'apply', findings: [], exitCode: 0, stderr: '' });
    expect(steps.map(({ name, status }) => [name, status])).toEqual(STEPS.map((name) => [name, 'done']));
    const runs = await world.runs();
    expect(runs.map(({ command, status, exit }) => [command, status, exit])).toEqual([
      ['nightly', 'done', 0],
      ['phones recycle', 'done', 0],
      ['reconcile', 'done', 0],
      ['segments', 'done', 0],
      ['refresh', 'done', 0],
      ['check', 'done', 0],
    ]);
    expect(runs.map(({ id }) => id)).toEqual([run.id, ...steps.map(({ runId }) => runId)]);
    expect(runs[0]?.summary).toEqual({ ...Object.fromEntries(STEPS.map((name) => [name, 'done'])), missedNights: 0 });
  });

  it('says nothing at all where nobody looks, and everything on a terminal', async () => {
    for (const args of [['--apply'], [], ['--apply', '--quiet']])
      expect(await world.nightly(args)).toEqual({ code: 0, stdout: '', stderr: '' });
    const shown = await world.nightly(['--apply'], { terminal: true });
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/all is well \(exit code\s0\)/);
    for (const name of STEPS) expect(shown.stdout).toMatch(new RegExp(`^${name}: `, 'm'));
    const quiet = await world.nightly(['--apply', '--quiet'], { terminal: true });
    expect(quiet).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.each(['json', 'csv', 'markdown'])('prints %s in any case, and writes a file that is asked for', async (format) => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = await world.nightly(['--format', format]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of STEPS) expect(stdout).toContain(name);
    const written = await world.nightly(['--format', format, '--output', 'night.txt'], { cwd });
    expect(written).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(join(cwd, 'night.txt'), 'utf8').split('\n').length).toBe(stdout.split('\n').length);
    expect(readdirSync(cwd)).toEqual(['night.txt']);
  });

  it('changes nothing the second time', async () => {
    await damaged(OVERDUE.damage, OVERDUE.repair);
    const first = await world.night(['--apply']);
    expect(first.step('recycle')).toMatchObject({ status: 'done', counts: { applied: 1, left: 0 } });
    const again = await world.night(['--apply']);
    expect(again.step('recycle')?.counts).toMatchObject({ planned: 0, applied: 0 });
    expect(again.step('segments')?.counts).toMatchObject({ applied: 0 });
    expect(again.step('summaries')?.counts).toEqual({ written: 0 });
    expect(await world.rows('SELECT count(*)::int AS n FROM ops.change_log')).toEqual([{ n: 1 }]);
  });
});

describe('a night without --apply', () => {
  it('shows what it would repair, repairs nothing, and still sums up and judges', async () => {
    await damaged(OVERDUE.damage, OVERDUE.repair);
    const { mode, exitCode, step } = await world.night();
    expect({ mode, exitCode }).toEqual({ mode: 'dry-run', exitCode: 1 });
    expect(step('recycle')).toMatchObject({
      status: 'findings',
      message: '1 number would change.',
      next: ['smsfood phones recycle'],
      runId: null,
    });
    expect(step('summaries')?.runId).not.toBeNull();
    expect(await world.rows(`SELECT status FROM phone_number_inventory WHERE id = 'cooled'`)).toEqual([
      { status: 'COOLDOWN' },
    ]);
    expect((await world.runs()).map(({ command }) => command)).toEqual(['nightly', 'refresh', 'check']);
    expect((await world.nightly()).stdout).toMatch(/^Nothing of the platform was changed: that needs --apply\.$/m);
  });

  it('releases numbers of businesses that have left only when told to', async () => {
    await damaged(
      `UPDATE business_customers SET "isActive" = false WHERE id = (SELECT min("currentBusinessId") FROM phone_number_inventory WHERE status = 'ASSIGNED')`,
      `UPDATE business_customers SET "isActive" = true`,
    );
    expect((await world.night(['--only', 'recycle'])).step('recycle')).toMatchObject({ status: 'done' });
    expect((await world.night(['--only', 'recycle', '--release-inactive'])).step('recycle')).toMatchObject({
      status: 'findings',
      next: ['smsfood phones recycle --release-inactive'],
    });
  });
});

describe('drift', () => {
  const DRIFT = `UPDATE customers SET "totalOrders" = "totalOrders" + 1 WHERE id = (SELECT min(id) FROM customers)`;

  it('is corrected before the segments, the summaries and the checks look', async () => {
    await world.query(DRIFT);
    const dry = await world.night();
    expect(dry.step('reconcile')).toMatchObject({
      status: 'findings',
      counts: { drifted: 1 },
      next: ['smsfood reconcile'],
    });
    expect(dry.findings).toMatchObject([{ id: 'customers.total-orders-drift', state: { is: 'new' } }]);
    const night = await world.night(['--apply']);
    expect(night).toMatchObject({ exitCode: 0, findings: [{ status: 'pass', state: { is: 'resolved' } }] });
    expect(night.step('reconcile')).toMatchObject({ status: 'done', counts: { drifted: 1, applied: 1, left: 0 } });
    expect(night.step('reconcile')?.message).toMatch(/looked at, 1 drifted \(.+\)\. 1 customer corrected\.$/);
    const { runId = null } = night.step('reconcile') ?? {};
    const undone = await smsfood(['undo', runId ?? '', '--apply'], { env: { DATABASE_URL: world.url } });
    expect(undone.code).toBe(0);
    expect((await world.night(['--apply'])).step('reconcile')?.counts).toMatchObject({ applied: 1 });
  });
});

describe('findings', () => {
  it('are said with what, where and what to do; new, then open, then resolved', async () => {
    await world.night(['--apply']);
    await damaged(FEELESS.damage, FEELESS.repair);
    const first = await world.nightly(['--apply']);
    expect(first).toMatchObject({ code: 1, stderr: '' });
    expect(first.stdout).toMatch(/findings in checks \(exit code 1\)/);
    expect(first.stdout).toMatch(/fail +orders\.platform-fee-missing +1 of \d+ .* new$/m);
    expect(first.stdout).toMatch(/^\$ smsfood check orders\.platform-fee-missing$/m);
    const second = await world.night(['--apply']);
    expect(second.findings).toMatchObject([
      { id: 'orders.platform-fee-missing', status: 'fail', violations: 1, state: { is: 'open' } },
    ]);
    await world.query(FEELESS.repair);
    const third = await world.night(['--apply']);
    expect(third).toMatchObject({ exitCode: 0, findings: [{ status: 'pass', state: { is: 'resolved' } }] });
    expect((await world.night(['--apply'])).findings).toEqual([]);
  });

  it('that are warnings only are no findings', async () => {
    await damaged(
      `UPDATE menu_items SET price = 60000 WHERE id = (SELECT min(id) FROM menu_items)`,
      `UPDATE menu_items SET price = 1250 WHERE price = 60000`,
    );
    const { code, stdout } = await world.nightly(['--apply']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect((await world.night(['--apply'])).findings).toMatchObject([
      { id: 'menu-items.price-too-high', status: 'warn', state: { is: 'open' } },
    ]);
  });
});

describe('a step that fails', () => {
  it('hides none of the others, and with findings besides the exit code is 1', async () => {
    await damaged(
      'ALTER TABLE phone_number_inventory RENAME TO elsewhere',
      'ALTER TABLE elsewhere RENAME TO phone_number_inventory',
    );
    const { step, exitCode } = await world.night(['--apply', '--skip', 'checks']);
    expect(exitCode).toBe(3);
    expect(step('recycle')).toMatchObject({ status: 'errors', next: ['smsfood phones recycle'] });
    expect(step('recycle')?.error?.code).toMatch(/^DB_/);
    for (const name of ['reconcile', 'segments', 'summaries']) expect(step(name)?.status).toBe('done');
    expect(step('checks')).toMatchObject({ status: 'skipped', runId: null, durationMs: null });
    await damaged(FEELESS.damage, FEELESS.repair);
    const both = await world.night(['--apply']);
    expect(both).toMatchObject({ exitCode: 1 });
    expect(both.step('recycle')?.status).toBe('errors');
    expect(both.step('checks')?.status).toBe('findings');
    const [night] = (await world.runs()).filter(({ command }) => command === 'nightly').reverse();
    expect(night).toMatchObject({ status: 'findings', exit: 1, summary: { segments: 'done', checks: 'findings' } });
    expect(String(night?.summary.recycle)).toMatch(/^errors \(DB_/);
  });

  it('because of a check file hides none of the others', async () => {
    const folder = temporaryFolder({ 'own/broken.sql': 'SELECT 1' });
    const config = JSON.stringify({ checks: { directories: [folder] } });
    const cwd = temporaryFolder({ 'smsfood.config.json': config });
    const { step, exitCode } = await world.night(['--apply'], { cwd });
    expect(exitCode).toBe(3);
    expect(step('checks')).toMatchObject({ status: 'errors', error: { code: 'CHECK_FILE_INVALID' } });
    expect(step('summaries')?.status).toBe('done');
  });

  it('because its own lock is held is said, and done the next time', async () => {
    const other = await world.connect();
    await other.query('BEGIN');
    await other.query(`SELECT pg_advisory_xact_lock(hashtextextended('smsfood segments', 0))`);
    const { step, exitCode } = await world.night(['--apply']);
    await other.query('ROLLBACK');
    expect(exitCode).toBe(3);
    // The summaries need the same lock: the scores are theirs too.
    for (const name of ['segments', 'summaries'])
      expect(step(name)).toMatchObject({ status: 'errors', error: { code: 'LOCKED' } });
    expect(step('checks')?.status).toBe('done');
    expect((await world.night(['--apply'])).exitCode).toBe(0);
  });

  it('because it would change too much is left to a person', async () => {
    await damaged(`UPDATE customers SET category = 'Occasional'`, 'SELECT 1');
    const { code, stdout } = await world.nightly(['--apply', '--only', 'segments']);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^segments: \d+ rows of customers would change, more than the 100/m);
    expect(stdout).toMatch(/^\$ smsfood segments\n {2}Look at the dry run\./m);
    await smsfood(['segments', '--apply', '--force'], { env: { DATABASE_URL: world.url } });
    expect((await world.nightly(['--apply', '--only', 'segments'])).code).toBe(0);
  });

  it('in time is stopped on the server, and the next has its turn', async () => {
    const other = await world.connect();
    await other.query('BEGIN; LOCK TABLE phone_number_inventory IN ACCESS EXCLUSIVE MODE');
    const waiting = async () =>
      (
        await world.rows(
          `SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock' AND application_name LIKE 'smsfood/%'`,
          [world.name],
        )
      ).length;
    const running = world.night(['--apply', '--skip', 'checks', '--step-timeout', '2s']);
    await expect.poll(waiting, { timeout: 10_000 }).toBe(1);
    await expect.poll(waiting, { timeout: 10_000 }).toBe(0);
    await other.query('ROLLBACK');
    const { step, exitCode } = await running;
    expect(exitCode).toBe(3);
    expect(step('recycle')).toMatchObject({ status: 'errors', error: { code: 'STEP_TIMEOUT' } });
    expect(step('recycle')?.message).toMatch(/longer than 2 s and was stopped/);
    expect(step('recycle')?.durationMs).toBeGreaterThanOrEqual(2000);
    expect(step('segments')?.status).toBe('done');
    expect(step('summaries')?.status).toBe('done');
    const recycle = (await world.runs()).find(({ command }) => command === 'phones recycle');
    expect(recycle).toMatchObject({ status: 'errors', exit: 3, summary: { error: 'STEP_TIMEOUT' } });
  });
});

describe('a night whose own record is in trouble', () => {
  it('says that its lock was lost on the way, with which another night was kept away', async () => {
    const other = await world.connect();
    await other.query('BEGIN; LOCK TABLE phone_number_inventory IN ACCESS EXCLUSIVE MODE');
    const running = world.night(['--apply']);
    const holder = () =>
      world.rows(
        `SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity w ON w.wait_event_type = 'Lock' AND w.datname = current_database()
         WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND (l.classid::int8 << 32) | l.objid::int8 = hashtextextended('smsfood nightly', 0)`,
      );
    await expect.poll(async () => (await holder()).length, { timeout: 10_000 }).toBe(1);
    await other.query('ROLLBACK');
    const { steps, notes, exitCode } = await running;
    expect(exitCode).toBe(0);
    expect(steps.map(({ status }) => status)).toEqual(STEPS.map(() => 'done'));
    expect(notes).toEqual(['The lock of this night was lost on the way: another one may have run beside it.']);
  });

  it('shows what was done where its end cannot be recorded', async () => {
    await damaged(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
       CREATE TRIGGER refuse BEFORE UPDATE ON ops.runs FOR EACH ROW WHEN (NEW.command = 'nightly' AND NEW.finished_at IS NOT NULL) EXECUTE FUNCTION refuse()`,
      'DROP TRIGGER refuse ON ops.runs; DROP FUNCTION refuse()',
    );
    const { steps, notes, exitCode } = await world.night(['--apply']);
    expect(exitCode).toBe(3);
    expect(steps.map(({ status }) => status)).toEqual(STEPS.map(() => 'done'));
    expect(notes).toEqual([expect.stringMatching(/^That this night has ended is not recorded\. Could not record/)]);
  });
});

it('judges on the primary, which alone has what was just repaired', async () => {
  const env = { REPLICA_URL: 'postgresql://127.0.0.1:1/replica' };
  expect(await world.nightly(['--apply'], { env })).toEqual({ code: 0, stdout: '', stderr: '' });
});

describe('a young marketplace', () => {
  it('has its segments skipped with the reason, and no error every night', async () => {
    const young = await cloneDatabase();
    onTestFinished(() => young.drop());
    await young.query(`SELECT make('orders')`);
    const env = { DATABASE_URL: young.url };
    await smsfood(['db', 'install'], { env });
    const { stdout } = await smsfood(['nightly', '--apply', '--skip', 'checks', '--format', 'json'], { env });
    const document = JSON.parse(stdout);
    expect(document.exitCode).toBe(0);
    expect(document.steps[2]).toMatchObject({ name: 'segments', status: 'skipped', error: null });
    expect(document.steps[2].message).toMatch(/^\d customers? .* at least 100\.$/);
    expect(document.steps[3]).toMatchObject({ name: 'summaries', status: 'done' });
    expect(await smsfood(['nightly', '--apply', '--skip', 'checks'], { env })).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });
});

describe('where it cannot be recorded', () => {
  const APPLY = ['--apply', '--format', 'json'];

  it('a dry run tells what it can, and --apply is refused: no schema ops', async () => {
    await world.query('ALTER SCHEMA ops RENAME TO elsewhere');
    onTestFinished(async () => void (await world.query('ALTER SCHEMA elsewhere RENAME TO ops')));
    const { step, notes, past, exitCode, findings } = await world.night();
    expect({ past, exitCode, findings }).toEqual({ past: null, exitCode: 3, findings: [] });
    expect(notes).toEqual([
      expect.stringMatching(/^This night is not recorded\. This needs the table ops\.change_log/),
    ]);
    expect(step('summaries')).toMatchObject({ status: 'errors', error: { code: 'OPS_NOT_INSTALLED' } });
    for (const name of ['recycle', 'reconcile', 'segments', 'checks']) expect(step(name)?.status).toBe('done');
    const refused = await world.nightly(APPLY);
    expect(refused).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[OPS_NOT_INSTALLED]') });
    expect(refused.stderr).toContain('smsfood db install');
  });

  it('a dry run tells what it can, and --apply is refused: a role that may only read', async () => {
    await world.query(
      `DO $$ BEGIN CREATE ROLE nightly_reader LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       GRANT USAGE ON SCHEMA public, ops TO nightly_reader; GRANT SELECT ON ALL TABLES IN SCHEMA public, ops TO nightly_reader`,
    );
    onTestFinished(async () => void (await world.query('DROP OWNED BY nightly_reader')));
    const reader = { env: { DATABASE_URL: world.urlFor('nightly_reader', 'secret') } };
    const before = await world.rows('SELECT count(*) AS n FROM ops.runs');
    const { step, notes } = await world.night([], reader);
    expect(notes).toEqual([
      'This night is not recorded. Nothing was changed: this role may not write to the schema ops.',
    ]);
    expect(step('summaries')).toMatchObject({ status: 'errors', error: { code: 'DB_PERMISSION' } });
    for (const name of ['recycle', 'reconcile', 'segments', 'checks']) expect(step(name)?.status).toBe('done');
    const refused = await world.nightly(APPLY, reader);
    expect(refused).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[DB_PERMISSION]') });
    expect(await world.rows('SELECT count(*) AS n FROM ops.runs')).toEqual(before);
  });

  it('the database cannot be reached: nothing is said to be well', async () => {
    const { code, stdout, stderr } = await world.nightly(['--apply'], {
      env: { DATABASE_URL: 'postgresql://127.0.0.1:1/x' },
    });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('[DB_UNREACHABLE]');
  });
});

describe('the choice of steps', () => {
  it('--only and --skip leave the others out, and say so', async () => {
    const only = await world.night(['--only', 'checks', '--only', 'recycle']);
    expect(only.steps.map(({ name, status }) => [name, status])).toEqual([
      ['recycle', 'done'],
      ['reconcile', 'skipped'],
      ['segments', 'skipped'],
      ['summaries', 'skipped'],
      ['checks', 'done'],
    ]);
    const skip = await world.night(['--skip', 'checks', '--skip', 'segments']);
    expect(skip.steps.filter(({ status }) => status === 'skipped').map(({ name }) => name)).toEqual([
      'segments',
      'checks',
    ]);
    expect(await world.rows(`SELECT arguments FROM ops.runs WHERE command = 'nightly' ORDER BY started_at`)).toEqual([
      { arguments: { apply: false, releaseInactive: false, only: 'recycle checks', skip: null } },
      { arguments: { apply: false, releaseInactive: false, only: null, skip: 'segments checks' } },
    ]);
  });

  it.each([
    [['--only', 'check'], /--only: "check" is not one of recycle, .*\[USAGE\]\n.*"checks"/],
    [['--skip', 'nonsense'], /--skip: "nonsense" is not one of/],
    [['--only', 'checks', '--skip', 'recycle'], /--only cannot be used with --skip/],
    [STEPS.flatMap((name) => ['--skip', name]), /No step is left.*\[NOTHING_SELECTED\]/],
    [['--step-timeout', '5'], /--step-timeout: "5" is no duration/],
    [['--notify', 'pager'], /--notify: "pager" is not one of slack/],
    [['--notify', 'slack'], /No Slack webhook is configured/],
    [['--ping', 'http://hc.example.com/x'], /--ping must begin with https:/],
    [['--format', 'junit'], /junit/],
    [['extra'], /too many arguments/],
  ] as [string[], RegExp][])('refuses %j before anything is sent', async (args, words) => {
    const { code, stdout, stderr } = await world.nightly(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
    expect(await world.runs()).toEqual([]);
  });
});

it('works on the newer generation of the schema', async () => {
  const newer = await nightlyWorld('newer');
  onTestFinished(() => newer.drop());
  expect(await newer.nightly(['--apply', '--release-inactive'], ALL)).toEqual({ code: 0, stdout: '', stderr: '' });
});
