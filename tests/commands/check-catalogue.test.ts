import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadCatalogue } from '../../src/checks/catalogue.js';
import { judge } from '../checks/judge.js';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';

const UNREACHABLE = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' };
const catalogue = await loadCatalogue({ directories: [], overrides: {}, cwd: '.' });

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

describe('check list', () => {
  it('needs no database, and names every check with level, threshold and owner', async () => {
    const { code, stdout, stderr } = await smsfood(['check', 'list', '--format', 'json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { schema, checks } = z
      .object({ schema: z.string(), checks: z.array(z.looseObject({ id: z.string() })) })
      .parse(JSON.parse(stdout));
    expect(schema).toBe('smsfood.check-list/1');
    expect(checks.map(({ id }) => id)).toEqual(catalogue.map(({ id }) => id));
    expect(checks.find(({ id }) => id === 'customers.email-missing')).toEqual({
      id: 'customers.email-missing',
      dimension: 'completeness',
      level: 'warn',
      threshold: '> 80%',
      owner: 'product',
      enabled: true,
      title: 'Active customers without an e-mail address',
    });
  });

  it('shows what is switched off', async () => {
    const cwd = temporaryFolder({
      'smsfood.config.json': JSON.stringify({ checks: { overrides: { 'sms.stuck-sent': { enabled: false } } } }),
    });
    const { stdout } = await smsfood(['check', 'list', 'sms.stuck-sent', '--format', 'json'], { cwd });
    expect(JSON.parse(stdout).checks).toMatchObject([{ id: 'sms.stuck-sent', enabled: false }]);
  });

  it('is a readable table, and a CSV', async () => {
    const table = await smsfood(['check', 'list', 'sms'], { columns: 120 });
    expect(table.stdout).toMatch(/sms\.stuck-sent\s+warn/);
    expect(table.stdout).toContain(`${catalogue.filter(({ domain }) => domain === 'sms').length} checks.`);
    const csv = await smsfood(['check', 'list', '--format', 'csv']);
    expect(csv.stdout.trim().split(/\r?\n/)).toHaveLength(catalogue.length + 1);
  });
});

describe('check show', () => {
  it('explains the rule, its parameters and its SQL, without a database', async () => {
    const { code, stdout, stderr } = await smsfood(['check', 'show', 'orders.stale-pending', '--format', 'json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'smsfood.check-show/1',
      check: {
        id: 'orders.stale-pending',
        level: 'fail',
        threshold: '> 0',
        entity: 'orders',
        key: 'id',
        metric: null,
        parameters: [{ name: 'age', type: 'interval', value: '24 hours' }],
        sql: expect.stringContaining(':age'),
      },
    });
    const table = await smsfood(
      ['check', 'show', 'orders.stale-pending', '--param', 'orders.stale-pending.age=3 days'],
      { columns: 120 },
    );
    expect(table.stdout).toMatch(/Why[\s\S]*Remedy[\s\S]*3 days[\s\S]*SELECT/);
  });

  it('prints the statement for psql: by the database clock, or by another', async () => {
    const script = async (args: string[]) =>
      (await smsfood(['check', 'show', 'orders.stale-pending', '--sql', ...args])).stdout;
    expect(await script([])).toContain(`\\set now '(now() AT TIME ZONE ''UTC'')::timestamp(3)'`);
    expect(await script(['--as-of', '2026-03-10T10:00:00-05:00'])).toContain(
      `\\set now '''2026-03-10T15:00:00.000''::timestamp'`,
    );
    expect(await script(['--param', 'orders.stale-pending.age=3 days'])).toContain(`\\set age '''3 days''::interval'`);
  });

  it.each<[string[], RegExp]>([
    [['orders.stale-pendin'], /Did you mean "orders\.stale-pending"\?/],
    [['orders'], /"orders" names \d+ checks; give the id of one/],
    [['orders.stale-*'], /names 3 checks/],
    [[], /missing required argument|argument/],
    [['orders.stale-pending', '--param', 'orders.stale-pending.agee=1 day'], /no parameter "agee"/],
    [['orders.stale-pending', '--format', 'junit'], /format/],
    [['orders.stale-pending', '--sql', '--as-of', 'noon'], /--as-of/],
  ])('%j is refused', async (args, message) => {
    const { code, stdout, stderr } = await smsfood(['check', 'show', ...args], { env: UNREACHABLE });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});

describe('check new', () => {
  it.each(['orders.tip-negative', 'businesses.too-young', 'phones.too-young', 'sms.too-young', 'customers.too-young'])(
    'writes %s, which runs',
    async (id) => {
      const cwd = temporaryFolder();
      const { code, stdout, stderr } = await smsfood(['check', 'new', id], { cwd });
      const file = join(cwd, 'checks', `${id.replace('.', '/')}.sql`);
      expect({ code, stdout }).toEqual({ code: 0, stdout: `${file}\n` });
      expect(stderr).toContain(`smsfood check --checks checks ${id}`);
      const judged = await judge(database, ['--checks', 'checks', id], { cwd });
      expect(judged.results).toMatchObject([{ id, status: 'pass', level: 'fail', violations: 0 }]);
    },
  );

  it('takes folder, table, dimension and level', async () => {
    const cwd = temporaryFolder();
    const { code } = await smsfood(
      [
        'check',
        'new',
        'tips.negative',
        '--dir',
        'mine',
        '--entity',
        'menus',
        '--dimension',
        'timeliness',
        '--level',
        'warn',
      ],
      { cwd },
    );
    expect(code).toBe(0);
    const judged = await judge(database, ['--checks', 'mine', 'tips'], { cwd });
    expect(judged.results).toMatchObject([
      { id: 'tips.negative', dimension: 'timeliness', level: 'warn', status: 'pass', rows: 0 },
    ]);
  });

  it('never overwrites', async () => {
    const cwd = temporaryFolder({ 'checks/orders/mine.sql': 'mine' });
    const { code, stderr, stdout } = await smsfood(['check', 'new', 'orders.mine'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/exists already.*\[FILE_EXISTS\]/);
    expect(readFileSync(join(cwd, 'checks/orders/mine.sql'), 'utf8')).toBe('mine');
  });

  it.each<[string[], RegExp]>([
    [['mine'], /"mine" is no id/],
    [['Orders.mine'], /no id/],
    [['orders.mine.sql'], /no id/],
    [['../orders.mine'], /no id/],
    [['orders.'], /no id/],
    [['orders.mine', '--entity', 'orders; --'], /--entity/],
    [['orders.mine', '--dimension', 'nice'], /--dimension/],
    [['orders.mine', '--level', 'error'], /--level/],
    [[], /argument/],
  ])('%j is refused, and writes nothing', async (args, message) => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = await smsfood(['check', 'new', ...args], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(existsSync(join(cwd, 'checks'))).toBe(false);
  });
});

describe('check explain', () => {
  const ExplainSchema = z.object({
    schema: z.literal('smsfood.check-explain/1'),
    units: z.array(
      z.object({
        title: z.string(),
        checks: z.array(z.string()),
        tables: z.array(z.string()),
        reason: z.string().nullable(),
        sql: z.string(),
      }),
    ),
    scans: z.array(z.object({ table: z.string(), planned: z.number(), separate: z.number() })),
    skipped: z.array(z.object({ check: z.string(), reason: z.string() })),
  });
  const explain = async (args: readonly string[] = []) => {
    const { code, stdout, stderr } = await smsfood(['check', 'explain', '--format', 'json', ...args], {
      env: { DATABASE_URL: database.url },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return ExplainSchema.parse(JSON.parse(stdout));
  };

  it('puts every selected check into exactly one statement', async () => {
    const { units, scans, skipped } = await explain();
    const askable = catalogue.filter(({ requires }) => requires.length === 0); // ops is not installed here
    expect(units.flatMap(({ checks }) => checks).sort()).toEqual(askable.map(({ id }) => id));
    expect([...askable.map(({ id }) => id), ...skipped.map(({ check }) => check)].sort()).toEqual(
      catalogue.map(({ id }) => id),
    );
    expect(units.length).toBeLessThan(catalogue.length / 2);
    const orders = scans.find(({ table }) => table === 'orders');
    expect(orders?.planned).toBeLessThan((orders?.separate ?? 0) / 3);
    for (const { planned, separate } of scans) expect(planned).toBeLessThanOrEqual(separate);
    const some = await explain(['phones', '--level', 'fail']);
    expect(some.units.flatMap(({ checks }) => checks).sort()).toEqual(
      catalogue.filter((check) => check.domain === 'phones' && check.thresholds.fail !== undefined).map(({ id }) => id),
    );
  });

  it.each([[[]], [['--since', '2026-03-01T00:00:00Z']]])(
    'gives statements that run as they are, with %j',
    async (args) => {
      const { units } = await explain(args);
      for (const { sql, title } of units) {
        expect(sql).not.toMatch(/\$\d/);
        const { rows } = await database.query(sql);
        expect({ title, rows: rows.length }).toEqual({ title, rows: 1 });
      }
    },
  );

  it('leaves out what is switched off, and takes the checks of a user', async () => {
    const cwd = temporaryFolder({
      'smsfood.config.json': JSON.stringify({ checks: { overrides: { 'sms.stuck-sent': { enabled: false } } } }),
    });
    const { stdout } = await smsfood(['check', 'explain', 'sms', '--format', 'json'], {
      cwd,
      env: { DATABASE_URL: database.url },
    });
    const { units } = ExplainSchema.parse(JSON.parse(stdout));
    expect(units.flatMap(({ checks }) => checks)).not.toContain('sms.stuck-sent');
  });

  it('as a table: statements, scans saved, and with --verbose the SQL', async () => {
    const table = await smsfood(['check', 'explain', 'orders'], { env: { DATABASE_URL: database.url }, columns: 120 });
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(/\d+ statements instead of one for each check; \d+ scans saved\./);
    expect(table.stdout).not.toContain('count(*)');
    const verbose = await smsfood(['check', 'explain', 'orders', '--verbose'], {
      env: { DATABASE_URL: database.url },
      columns: 120,
    });
    expect(verbose.stdout).toContain('count(*)');
  });

  it('needs a database, and a selection', async () => {
    expect((await smsfood(['check', 'explain'], { env: UNREACHABLE })).code).toBe(3);
    expect((await smsfood(['check', 'explain'], { env: {} })).stderr).toContain('NO_DATABASE');
    expect((await smsfood(['check', 'explain', 'nothing'], { env: UNREACHABLE })).code).toBe(2);
    expect((await smsfood(['check', 'explain', '--since', 'today'], { env: UNREACHABLE })).code).toBe(2);
  });
});
