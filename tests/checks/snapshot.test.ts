import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { damagedDatabase } from './damaged.js';
import { checksFolder, checkText, judge, verdicts } from './judge.js';

describe('one instant', () => {
  it('while another session moves money: sums, samples and counts never flicker', async () => {
    const database = await cloneDatabase();
    try {
      await database.query(`
        SELECT make('customers', '{"id": "c1", "totalOrders": 1, "totalSpent": 9000, "lastOrderAt": "2026-03-10T13:00:00"}'),
          make('customers', '{"id": "c2", "totalOrders": 1, "totalSpent": 1000, "lastOrderAt": "2026-03-10T13:00:00"}'),
          make('orders', '{"id": "a", "customerId": "c1", "totalAmount": 9000, "platformFee": 180, "createdAt": "2026-03-10T13:00:00"}'),
          make('orders', '{"id": "b", "customerId": "c2", "totalAmount": 1000, "platformFee": 20, "createdAt": "2026-03-10T13:00:00"}')`);
      const sum = (sql: string) =>
        checkText(sql, { level: null, fail: '"> 10000"', metric: '{unit: cents}', entity: null });
      const folder = checksFolder({
        'own/rich': checkText('SELECT id, "totalAmount" AS cents FROM orders WHERE "totalAmount" = 9000'),
        'own/rich-alone': checkText(
          'SELECT id, "totalAmount" AS cents FROM orders WHERE "totalAmount" = 9000 ORDER BY id',
        ),
        'own/rich-customer': checkText('SELECT id, "totalSpent" AS cents FROM customers WHERE "totalSpent" = 9000', {
          entity: 'customers',
        }),
        'own/sum-orders': sum('SELECT sum("totalAmount") AS value FROM orders'),
        'own/sum-orders-alone': sum('SELECT sum("totalAmount") AS value FROM orders WHERE true'),
        'own/sum-customers': sum('SELECT sum("totalSpent") AS value FROM customers'),
      });
      const mover = await database.connect();
      let moves = 0;
      let isDone = false;
      const moving = (async () => {
        while (!isDone) {
          await mover.query(`BEGIN;
            UPDATE orders SET "totalAmount" = 10000 - "totalAmount", "platformFee" = 200 - "platformFee" WHERE id IN ('a', 'b');
            UPDATE customers SET "totalSpent" = 10000 - "totalSpent" WHERE id IN ('c1', 'c2');
            COMMIT`);
          moves++;
        }
      })();
      const seen = new Set<unknown>();
      try {
        const args = ['own', 'customers.total-spent-drift', 'orders.platform-fee-wrong', '--checks', folder];
        for (let run = 0; run < 15; run++) {
          const before = moves;
          const { byId, run: facts } = await judge(database, args);
          expect(facts.snapshot).toBe('shared');
          expect(moves).toBeGreaterThan(before);
          for (const id of ['own.sum-orders', 'own.sum-orders-alone', 'own.sum-customers'])
            expect(byId.get(id)?.value).toBe(10000);
          expect(byId.get('customers.total-spent-drift')).toMatchObject({ status: 'pass', violations: 0, cents: 0 });
          expect(byId.get('orders.platform-fee-wrong')).toMatchObject({ status: 'pass', violations: 0 });
          const rich = byId.get('own.rich')?.samples[0]?.id;
          seen.add(rich);
          for (const id of ['own.rich', 'own.rich-alone'])
            expect(byId.get(id)).toMatchObject({ violations: 1, cents: 9000, samples: [{ id: rich, cents: 9000 }] });
          expect(byId.get('own.rich-customer')).toMatchObject({
            violations: 1,
            samples: [{ id: rich === 'a' ? 'c1' : 'c2' }],
          });
        }
      } finally {
        isDone = true;
        await moving;
      }
      expect([...seen].every((id) => id === 'a' || id === 'b')).toBe(true);
    } finally {
      await database.drop();
    }
  });
});

describe('on damage of every kind', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await damagedDatabase();
  });
  afterAll(() => database.drop());

  /** Creates a login role for the time of some work. */
  async function asRole(options: string, work: (url: string) => Promise<void>): Promise<void> {
    const role = `${database.name}_role`;
    await database.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'x' ${options}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    try {
      await work(database.urlFor(role, 'x'));
    } finally {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  }

  /** Every row of every table, and every object. */
  async function content(): Promise<unknown> {
    const { rows: tables } = await database.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1`,
    );
    const hashes: unknown[] = [];
    for (const { name } of tables)
      hashes.push(
        (
          await database.query(
            `SELECT '${name}' AS name, md5(string_agg(t::text, '|' ORDER BY t::text)) AS hash FROM ${name} AS t`,
          )
        ).rows,
      );
    return {
      hashes,
      objects: (await database.query('SELECT oid, relname, relnamespace FROM pg_class ORDER BY 1')).rows,
    };
  }

  it('a role with one connection gets the same verdicts from one session, and a note', async () => {
    const whole = await judge(database);
    expect(whole.run.snapshot).toBe('shared');
    expect(whole.notes).toEqual([]);
    await asRole('CONNECTION LIMIT 1', async (url) => {
      const single = await judge({ url });
      expect(single.run).toMatchObject({ snapshot: 'single', complete: true });
      expect(single.notes).toEqual([
        expect.stringMatching(/^One connection instead of 2: .*no connection left to give\.$/),
      ]);
      expect(verdicts(single)).toEqual(verdicts(whole));
      expect(single.code).toBe(whole.code);
    });
  });

  it('the number of sessions changes no verdict', async () => {
    const one = await judge(database, ['--jobs', '1']);
    const five = await judge(database, ['--jobs', '5']);
    expect(one.run.snapshot).toBe('shared');
    expect(verdicts(five)).toEqual(verdicts(one));
  });

  it('a role that may only SELECT gets the same verdicts, and nothing is written by anyone', async () => {
    const before = await content();
    const whole = await judge(database);
    await asRole('', async (url) => {
      const reader = await judge({ url });
      expect(verdicts(reader)).toEqual(verdicts(whole));
      expect(reader).toMatchObject({ code: 1, notes: [], stderr: '' });
    });
    expect(await content()).toEqual(before);
  });
});

describe('a database that goes away', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await cloneDatabase();
    await database.query(`SELECT make('orders', '{"id": "a"}'), make('orders', '{"id": "b", "platformFee": null}')`);
  });
  afterAll(() => database.drop());

  /** Holds a lock that the checks wait for, until as many backends of the run wait as are told; then does something to them. */
  async function whileWaiting(waiting: number, strike: (pids: number[]) => Promise<void>): Promise<void> {
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
      const { rows } = await database.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'smsfood/check/%' AND wait_event_type = 'Lock' ORDER BY backend_start, pid`,
      );
      if (rows.length === waiting) return strike(rows.map(({ pid }) => pid));
    }
    throw new Error(`no ${waiting} sessions are waiting`);
  }

  const waits = (key: number) =>
    checkText(`SELECT 1 AS value FROM (SELECT pg_advisory_xact_lock(${key})) AS held`, {
      level: null,
      fail: '"> 1"',
      metric: '{unit: x}',
      entity: null,
    });
  const QUICK = checkText('SELECT id FROM orders WHERE "totalAmount" < 0');
  const FINDS = checkText('SELECT id FROM orders WHERE "platformFee" IS NULL');
  const terminate = async (pids: readonly number[]) => {
    await database.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids]);
  };
  const unlocked = () => database.query('SELECT pg_advisory_unlock_all()');

  it.each([
    ['without findings', { 'own/a-quick': QUICK }, 'pass', 3],
    ['with findings', { 'own/a-quick': FINDS }, 'fail', 1],
  ] as const)('half way, %s: what was judged is printed, the rest is marked', async (_, quick, status, exit) => {
    await database.query('SELECT pg_advisory_lock(1)');
    const folder = checksFolder({ ...quick, 'own/z-waits': waits(1) });
    const running = judge(database, ['own', '--checks', folder, '--jobs', '1']);
    await whileWaiting(1, terminate);
    await unlocked();
    const judged = await running;
    expect(judged.run.complete).toBe(false);
    expect(judged.byId.get('own.a-quick')).toMatchObject({ status, rows: 2 });
    expect(judged.byId.get('own.z-waits')).toMatchObject({
      status: 'error',
      error: { code: 'DB_LOST', position: null },
      value: null,
    });
    expect(judged).toMatchObject({ code: exit, exitCode: exit });
  });

  it('all sessions at once: every check that was not judged is in error', async () => {
    await database.query('SELECT pg_advisory_lock(1), pg_advisory_lock(2)');
    const folder = checksFolder({ 'own/a': waits(1), 'own/b': waits(2), 'own/c': QUICK });
    const running = judge(database, ['own', '--checks', folder]);
    await whileWaiting(2, terminate);
    await unlocked();
    const judged = await running;
    expect(judged.results.map(({ status, error }) => [status, error?.code])).toEqual([
      ['error', 'DB_LOST'],
      ['error', 'DB_LOST'],
      ['error', 'DB_LOST'],
    ]);
    expect(judged).toMatchObject({ code: 3, run: { complete: false } });
  });

  it('one session that joined the snapshot: it is replaced, and everything is judged', async () => {
    await database.query('SELECT pg_advisory_lock(1), pg_advisory_lock(2)');
    const folder = checksFolder({ 'own/a': waits(1), 'own/b': waits(2), 'own/c': FINDS });
    const running = judge(database, ['own', '--checks', folder]);
    await whileWaiting(2, async (pids) => terminate(pids.slice(1)));
    await whileWaiting(2, async () => undefined); // the new session asks again
    await unlocked();
    const judged = await running;
    expect(judged.results.map(({ status }) => status)).toEqual(['pass', 'pass', 'fail']);
    expect(judged.byId.get('own.c')?.samples).toEqual([{ id: 'b' }]);
    expect(judged).toMatchObject({ code: 1, run: { complete: true, snapshot: 'shared' } });
  });

  it('the session that exported the snapshot: its check is in error, the other session judges the rest', async () => {
    await database.query('SELECT pg_advisory_lock(1), pg_advisory_lock(2)');
    const folder = checksFolder({ 'own/a': waits(1), 'own/b': waits(2), 'own/c': QUICK });
    const running = judge(database, ['own', '--checks', folder]);
    await whileWaiting(2, async (pids) => terminate(pids.slice(0, 1)));
    await unlocked();
    const judged = await running;
    expect(judged.results.map(({ status }) => status).sort()).toEqual(['error', 'pass', 'pass']);
    expect(judged.byId.get('own.c')?.status).toBe('pass');
    expect(judged).toMatchObject({ code: 3, run: { complete: false } });
  });

  it('before anything was judged: a sentence, exit code 3', async () => {
    const gone = await cloneDatabase();
    await gone.drop();
    await expect(judge(gone)).rejects.toThrow(/There is no database .* \[DB_NOT_FOUND\]/);
  });
});
