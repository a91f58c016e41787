import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge, verdicts } from '../checks/judge.js';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';

const UNREACHABLE = 'postgresql://nobody@127.0.0.1:1/none';
const FEE = 'orders.platform-fee-missing';
const CHECKS = [FEE, 'orders.platform-fee-wrong', 'orders.amount-zero'];

let database: TestDatabase;
const now = (args: readonly string[] = CHECKS) => judge(database, args, { clock: null });
const history = (args: readonly string[], url = database.url) =>
  smsfood(['check', 'history', ...args, '--format', 'json'], { env: { DATABASE_URL: url } });

describe('without the schema ops', () => {
  beforeAll(async () => {
    database = await cloneDatabase();
  });
  afterAll(() => database.drop());

  it('a run is judged, with nothing to tell of earlier ones', async () => {
    const judged = await now();
    expect(judged).toMatchObject({ code: 0, notes: [], stderr: '' });
    expect(judged.results.map(({ state }) => state)).toEqual([null, null, null]);
  });

  it.each([[[]], [[FEE]]])('check history %j says what to do', async (args) => {
    const { code, stdout, stderr } = await history(args);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(
      /This needs the table ops\.check_results, which is not installed in this database.*\[OPS_NOT_INSTALLED\]\n.*smsfood db install/,
    );
  });
});

describe('with the schema ops', () => {
  beforeAll(async () => {
    database = await cloneDatabase();
    const installed = await smsfood(['db', 'install'], { env: { DATABASE_URL: database.url } });
    expect(installed.code).toBe(0);
  });
  afterAll(() => database.drop());

  it('findings are new, open since their first run, and resolved once', async () => {
    await database.query(`SELECT make('orders', '{"id": "o1"}')`);
    const clean = await now();
    expect(clean.results.map(({ status, state }) => [status, state])).toEqual([
      ['pass', null],
      ['pass', null],
      ['pass', null],
    ]);

    await database.query(`UPDATE orders SET "platformFee" = NULL`);
    const first = await now();
    const since = first.run.startedAt;
    expect(first.byId.get(FEE)?.state).toEqual({ is: 'new', since });
    expect(first.byId.get('orders.amount-zero')?.state).toBeNull();

    const second = await now();
    const third = await now();
    for (const judged of [second, third]) expect(judged.byId.get(FEE)?.state).toEqual({ is: 'open', since });

    await database.query(`UPDATE orders SET "platformFee" = 50`);
    const fixed = await now();
    expect(fixed.byId.get(FEE)?.state).toEqual({ is: 'resolved', since: fixed.run.startedAt });
    expect((await now()).byId.get(FEE)?.state).toBeNull();

    await database.query(`UPDATE orders SET "platformFee" = NULL`);
    const again = await now();
    expect(again.byId.get(FEE)?.state).toEqual({ is: 'new', since: again.run.startedAt });
    const shown = await smsfood(['check', ...CHECKS], { env: { DATABASE_URL: database.url } });
    expect(shown.stdout).toMatch(/Since/);
    await database.query(`UPDATE orders SET "platformFee" = 50`);
    expect((await smsfood(['check', ...CHECKS], { env: { DATABASE_URL: database.url } })).stdout).toContain(
      `Resolved since the last run: ${FEE}.`,
    );
  });

  it('an error in between leaves a finding open', async () => {
    await database.query(`UPDATE orders SET "platformFee" = NULL`);
    const first = await now([FEE]);
    await database.query('ALTER TABLE orders RENAME "platformFee" TO renamed');
    const broken = await now([FEE]);
    expect(broken.results).toMatchObject([{ status: 'error', state: null }]);
    await database.query('ALTER TABLE orders RENAME renamed TO "platformFee"');
    expect((await now([FEE])).results).toMatchObject([{ state: { is: 'open', since: first.run.startedAt } }]);
    await database.query(`UPDATE orders SET "platformFee" = 50`);
    await now([FEE]);
  });

  it('another clock or a part of the rows says nothing about when a finding opened', async () => {
    await database.query(`UPDATE orders SET "platformFee" = NULL`);
    const asOf = await judge(database, [FEE]);
    const since = await judge(database, [FEE, '--since', '2026-01-01T00:00:00Z'], { clock: null });
    expect([asOf, since].map(({ results }) => results[0]?.state)).toEqual([null, null]);
    expect((await now([FEE])).results).toMatchObject([{ state: { is: 'new' } }]);
    await database.query(`UPDATE orders SET "platformFee" = 50`);
    await now([FEE]);
  });

  it('check history lists runs and results, newest first', async () => {
    const { code, stdout } = await history([]);
    expect(code).toBe(0);
    const { runs }: { runs: { at: string; run: string; exit: number; fail: number; pass: number; error: number }[] } =
      JSON.parse(stdout);
    expect(runs.map(({ at }) => at)).toEqual(
      runs
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
    expect(runs.some(({ exit, fail }) => exit === 1 && fail === 1)).toBe(true);
    expect(runs.some(({ exit, error }) => exit === 3 && error === 1)).toBe(true);
    const { rows } = await database.query<{ id: string; exit_code: number; status: string; version: string }>(
      'SELECT id, exit_code, status, version FROM ops.runs ORDER BY started_at DESC',
    );
    expect(runs.map(({ run, exit }) => ({ run, exit }))).toEqual(
      rows.slice(0, 20).map(({ id, exit_code }) => ({ run: id, exit: exit_code })),
    );
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['done', 'findings', 'errors']));

    const one = await history([FEE, '--limit', '4']);
    const {
      results,
      check,
    }: { check: string; results: { at: string; status: string; violations: number | null; scope: string }[] } =
      JSON.parse(one.stdout);
    expect(check).toBe(FEE);
    expect(results).toHaveLength(4);
    expect(results[0]).toMatchObject({ status: 'pass', violations: 0, scope: 'all' });
    expect(results.map(({ scope }) => scope)).toEqual(['all', 'all', 'since', 'as-of']);
    for (const { at } of results) expect(Math.abs(Date.now() - Date.parse(at))).toBeLessThan(120_000);

    const table = await smsfood(['check', 'history', FEE], { env: { DATABASE_URL: database.url } });
    expect(table.stdout).toMatch(/platform-fee-missing[\s\S]*pass/);
  });

  it('a check that no run has judged is not found; limits are limits', async () => {
    const unknown = await history(['orders.nothing']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toMatch(/No run has judged a check called "orders\.nothing".*\[NOT_FOUND\]/);
    for (const limit of ['0', 'many', '-1', '1.5']) {
      const { code, stderr } = await history(['--limit', limit], UNREACHABLE);
      expect({ limit, code }).toEqual({ limit, code: 2 });
      expect(stderr).toContain('--limit');
    }
    expect((await history([], UNREACHABLE)).code).toBe(3);
  });

  it('a history that is locked is waited for no longer than the configuration allows', async () => {
    const cwd = temporaryFolder({ 'smsfood.config.json': JSON.stringify({ database: { lockTimeout: '300ms' } }) });
    const env = { DATABASE_URL: database.url };
    const other = await database.connect();
    await other.query('BEGIN');
    await other.query('LOCK TABLE ops.runs IN SHARE MODE');
    const judged = await smsfood(['check', 'orders.amount-zero', '--format', 'json'], { cwd, env });
    expect(judged.code).toBe(0);
    expect(JSON.parse(judged.stdout).notes).toEqual([expect.stringMatching(/^No history: .*lock timeout/)]);
    await other.query('LOCK TABLE ops.runs IN ACCESS EXCLUSIVE MODE');
    const listed = await smsfood(['check', 'history'], { cwd, env });
    expect(listed).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[DB_TIMEOUT]') });
    await other.query('ROLLBACK');
  });

  it('a role that may not write it gets the same verdict, and a note', async () => {
    const owner = await now();
    const role = `${database.name}_reader`;
    await database.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    try {
      const url = database.urlFor(role, 'x');
      const count = async () => (await database.query<{ n: string }>('SELECT count(*) AS n FROM ops.runs')).rows[0]?.n;
      const before = await count();
      for (const grant of [
        '',
        `GRANT USAGE ON SCHEMA ops TO ${role}`,
        `GRANT SELECT ON ALL TABLES IN SCHEMA ops TO ${role}`,
      ]) {
        if (grant !== '') await database.query(grant);
        const judged = await judge({ url }, CHECKS, { clock: null });
        expect(verdicts(judged)).toEqual(verdicts(owner));
        expect(judged.code).toBe(owner.code);
        expect(judged.notes).toEqual([expect.stringMatching(/^No history: .*ops/)]);
      }
      expect(await count()).toBe(before);
      const read = await history([FEE], url);
      expect(read.code).toBe(0);
      await database.query(`REVOKE SELECT ON ops.check_results FROM ${role}`);
      const refused = await history([FEE], url);
      expect(refused).toMatchObject({ code: 3, stdout: '' });
      expect(refused.stderr).toMatch(/permission denied.*check_results.*\[DB_PERMISSION\]/);
    } finally {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it('a history that cannot be written changes no verdict', async () => {
    await database.query('ALTER TABLE ops.check_results ADD CONSTRAINT full_up CHECK (false) NOT VALID');
    const judged = await now();
    await database.query('ALTER TABLE ops.check_results DROP CONSTRAINT full_up');
    expect(judged.results.map(({ status }) => status)).toEqual(['pass', 'pass', 'pass']);
    expect(judged.code).toBe(0);
    expect(judged.notes).toEqual([expect.stringMatching(/^No history: [^\n]*\.$/)]);
  });

  it('a primary that cannot be reached changes no verdict of a replica', async () => {
    const outcome = await smsfood(['check', ...CHECKS, '--format', 'json'], {
      env: { REPLICA_URL: database.url, DATABASE_URL: UNREACHABLE },
    });
    expect(outcome.code).toBe(0);
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      summary: { pass: 3 },
      notes: [expect.stringMatching(/^No history: Nothing answers at 127\.0\.0\.1:1/)],
    });
  });
});
