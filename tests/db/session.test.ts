import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { sqlState, statementError, describe as words } from '../../src/db/errors.js';
import { beginSession, inSavepoint, inSession, type SessionLimits } from '../../src/db/session.js';
import { SmsfoodError } from '../../src/errors.js';
import { cloneDatabase, onServer, type TestDatabase } from '../harness/database.js';
import { APPLICATION, LIMITS, poolOf } from './pool.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
  await database.query('CREATE TABLE counter (id integer PRIMARY KEY, n integer); INSERT INTO counter VALUES (1, 0)');
});
afterAll(() => database.drop());

const read = { mode: 'read', limits: LIMITS } as const;
const write = { mode: 'write', limits: LIMITS } as const;

async function caught(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => Promise.reject(new Error('it should have been refused')),
    (error: unknown) => error,
  );
}

describe('a session', () => {
  it('works under the settings of the design, and gives them back', async () => {
    const pool = await poolOf(database.url, { max: 1 });
    const settings = `SELECT name, setting FROM pg_settings WHERE name IN ('TimeZone', 'transaction_isolation', 'transaction_read_only',
      'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'application_name', 'work_mem', 'search_path', 'jit')`;
    const asMap = (rows: { name: string; setting: string }[]) =>
      Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
    const outside = async () => asMap((await pool.pg.query<{ name: string; setting: string }>(settings)).rows);
    const before = await outside();
    const inside = await inSession(pool, read, async (session) =>
      asMap((await session.query<{ name: string; setting: string }>(settings)).rows),
    );
    expect(inside).toEqual({
      TimeZone: 'UTC',
      transaction_isolation: 'repeatable read',
      transaction_read_only: 'on',
      statement_timeout: '20000',
      lock_timeout: '2000',
      idle_in_transaction_session_timeout: '30000',
      application_name: APPLICATION,
      work_mem: '16384',
      search_path: '"public"',
      jit: 'off',
    });
    // The pool has one connection, so this is the same one.
    expect(await outside()).toEqual(before);
    expect(before.statement_timeout).not.toBe('20000');
    await caught(inSession(pool, read, (session) => session.query('SELECT 1/0')));
    expect(await outside()).toEqual(before);
  });

  it('prepares what is repeated, and works with it after an error', async () => {
    const pool = await poolOf(database.url, { max: 1 });
    const statement = 'SELECT $1::int / $2::int AS n';
    const divide = (by: number) =>
      inSession(
        pool,
        read,
        async (session) => (await session.query<{ n: number }>(statement, [6, by], 'repeated')).rows[0]?.n,
      );
    expect(await divide(2)).toBe(3);
    expect(sqlState(await caught(divide(0)))).toBe('22012');
    expect(await divide(3)).toBe(2);
    await inSession(pool, read, async (session) => {
      const { rows } = await session.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM pg_prepared_statements WHERE statement = $1',
        [statement],
      );
      expect(rows).toEqual([{ n: 1 }]);
    });
  });

  it('prepares nothing behind a pooler, which makes up the process id and may give each transaction another connection', async () => {
    const pool = await poolOf(await throughPooler(database.url), { max: 1 });
    const prepared = await inSession(pool, read, async (session) => {
      await session.query('SELECT $1::int AS repeated', [1], 'repeated');
      return (await session.query('SELECT statement FROM pg_prepared_statements')).rows;
    });
    expect(prepared).toEqual([]);
  });

  it('says why its connection has ended', async () => {
    const pool = await poolOf(database.url);
    const limits = { ...LIMITS, idleInTransactionTimeoutMs: 50 };
    const error = await caught(
      inSession(pool, { mode: 'read', limits }, async (session) => {
        await expect
          .poll(
            async () => (await database.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [session.pid])).rowCount,
          )
          .toBe(0);
        await session.query('SELECT 1');
      }),
    );
    expect(sqlState(error)).toBe('25P03');
  });

  it('is seen under its name', async () => {
    const pool = await poolOf(database.url);
    await inSession(pool, read, async (session) => {
      const { rows } = await database.query(
        'SELECT pid, state FROM pg_stat_activity WHERE application_name = $1 AND pid = $2',
        [APPLICATION, session.pid],
      );
      expect(rows).toEqual([{ pid: session.pid, state: 'idle in transaction' }]);
    });
  });

  it('that reads cannot write, whatever it tries', async () => {
    const pool = await poolOf(database.url);
    for (const statement of [
      'UPDATE counter SET n = 99',
      'CREATE TABLE x ()',
      'DROP TABLE counter',
      "SELECT setval('s', 1)",
      'TRUNCATE counter',
    ]) {
      const error = await caught(inSession(pool, read, (session) => session.query(statement)));
      expect(sqlState(error), statement).toMatch(/^(?:25006|42P01)$/);
      if (sqlState(error) === '25006')
        expect(statementError(error, 'x')).toMatchObject({ code: 'DB_PERMISSION', exitCode: 3 });
    }
    expect((await database.query('SELECT n FROM counter')).rows).toEqual([{ n: 0 }]);
  });

  it('that writes commits what returns and nothing of what throws', async () => {
    const pool = await poolOf(database.url);
    await inSession(pool, write, (session) => session.query('INSERT INTO counter VALUES (2, 1)'));
    await caught(
      inSession(pool, write, async (session) => {
        await session.query('INSERT INTO counter VALUES (3, 1)');
        throw new Error('changed my mind');
      }),
    );
    expect((await database.query('SELECT id FROM counter ORDER BY id')).rows).toEqual([{ id: 1 }, { id: 2 }]);
    await database.query('DELETE FROM counter WHERE id = 2');
  });

  it('that writes says so where it cannot commit: its connection has gone since the last statement, or one had failed', async () => {
    const pool = await poolOf(database.url);
    const { n: before } = (await database.query('SELECT n FROM counter')).rows[0] ?? {};
    const lost = await caught(
      inSession(pool, write, async (session) => {
        await session.query('UPDATE counter SET n = n + 1');
        await database.query('SELECT pg_terminate_backend($1)', [session.pid]);
        await expect
          .poll(
            async () => (await database.query('SELECT FROM pg_stat_activity WHERE pid = $1', [session.pid])).rowCount,
          )
          .toBe(0);
      }),
    );
    expect(statementError(lost, 'count').code).toBe('DB_LOST');
    const failed = await caught(
      inSession(pool, write, async (session) => {
        await session.query('UPDATE counter SET n = n + 1');
        await session.query('SELECT 1 / 0').catch(() => undefined);
      }),
    );
    expect(failed).toEqual(new Error('a transaction was to be committed that had failed'));
    expect((await database.query('SELECT n FROM counter')).rows).toEqual([{ n: before }]);
  });

  it('survives a statement that failed in a savepoint', async () => {
    const pool = await poolOf(database.url);
    await inSession(pool, read, async (session) => {
      expect(sqlState(await caught(inSavepoint(session, () => session.query('SELECT 1/0'))))).toBe('22012');
      expect((await inSavepoint(session, () => session.query<{ one: number }>('SELECT 1 AS one'))).rows).toEqual([
        { one: 1 },
      ]);
    });
  });
});

describe('a session that takes too long', () => {
  const within = (limits: Partial<SessionLimits>) => ({ mode: 'write', limits: { ...LIMITS, ...limits } }) as const;

  it('is ended by the statement time-out', async () => {
    const pool = await poolOf(database.url);
    const error = await caught(
      inSession(pool, within({ statementTimeoutMs: 100 }), (session) => session.query('SELECT pg_sleep(30)')),
    );
    expect(sqlState(error)).toBe('57014');
    expect(statementError(error, 'x')).toMatchObject({ code: 'DB_TIMEOUT', exitCode: 3 });
  });

  it('waits for a lock no longer than that', async () => {
    const pool = await poolOf(database.url);
    const other = await database.connect();
    await other.query('BEGIN; LOCK TABLE counter');
    const error = await caught(
      inSession(pool, within({ lockTimeoutMs: 100 }), (session) => session.query('UPDATE counter SET n = 1')),
    );
    await other.query('ROLLBACK');
    expect(sqlState(error)).toBe('55P03');
    expect(statementError(error, 'x')).toMatchObject({ code: 'DB_TIMEOUT', exitCode: 3 });
  });

  it('does not hold a transaction open over nothing', async () => {
    const pool = await poolOf(database.url);
    const session = await beginSession(pool, within({ idleInTransactionTimeoutMs: 100 }));
    await expect
      .poll(async () => (await database.query('SELECT FROM pg_stat_activity WHERE pid = $1', [session.pid])).rowCount, {
        timeout: 5_000,
      })
      .toBe(0);
    const error = await caught(session.query('SELECT 1'));
    expect(statementError(error, 'go on')).toMatchObject({ code: 'DB_LOST', exitCode: 3 });
    await session.end('rollback');
    // The pool has thrown the connection away.
    expect((await inSession(pool, read, (next) => next.query<{ one: number }>('SELECT 1 AS one'))).rows).toEqual([
      { one: 1 },
    ]);
  });

  it('is cancelled on the server when the run is interrupted', async () => {
    const pool = await poolOf(database.url);
    const controller = new AbortController();
    const reason = new SmsfoodError('INTERRUPTED', 'Interrupted.');
    const work = caught(
      inSession(pool, { ...read, signal: controller.signal }, (session) => session.query('SELECT pg_sleep(30)')),
    );
    await expect.poll(sleepers, { timeout: 5_000 }).toBe(1);
    controller.abort(reason);
    expect(await work).toBe(reason);
    expect(await sleepers()).toBe(0);
    expect(await caught(beginSession(pool, { ...read, signal: controller.signal }))).toBe(reason);
  });

  it('is cut off where no connection is left to cancel it over', async () => {
    const role = `smsfood_test_single_${randomBytes(4).toString('hex')}`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x' CONNECTION LIMIT 1`);
    onTestFinished(() =>
      onServer(inject('serverUrl'), async (client) => void (await client.query(`DROP ROLE ${role}`))),
    );
    const pool = await poolOf(database.urlFor(role, 'x'));
    const controller = new AbortController();
    const reason = new SmsfoodError('TERMINATED', 'Terminated.');
    const work = caught(
      inSession(pool, { ...read, signal: controller.signal }, (session) => session.query('SELECT pg_sleep(30)')),
    );
    await expect.poll(sleepers, { timeout: 5_000 }).toBe(1);
    controller.abort(reason);
    expect(await work).toBe(reason);
    await expect.poll(sleepers, { timeout: 8_000 }).toBe(0);
  });
});

async function sleepers(): Promise<number> {
  const { rowCount } = await database.query(
    `SELECT FROM pg_stat_activity WHERE application_name = $1 AND wait_event = 'PgSleep'`,
    [APPLICATION],
  );
  return rowCount ?? -1;
}

describe('words for an error of the server', () => {
  const canary = 'Ada "Zebulon" Lovelace';
  it.each([
    [`SELECT $1::text::integer`],
    [`SELECT $1::text::timestamp`],
    [`SELECT $1::text::jsonb`],
    [`SELECT $1::text::regclass`],
    [`SELECT $1::text::regtype`],
    [`SELECT $1::text::regproc`],
    [`SELECT now() AT TIME ZONE $1::text`],
    [`SELECT to_timestamp($1::text, 'YYYY-MM-DD')`],
    [`SELECT to_number($1::text, '999')`],
    [`SELECT 'x' ~ ('(' || $1::text)`],
    [`SELECT $1::text::"OrderStatus"`],
    [`SELECT $1::text::uuid`],
    [`SELECT $1::text::inet`],
    [`SELECT ('{' || $1::text)::text[]`],
    [`SELECT decode($1::text, 'hex')`],
    [`SELECT raise_it($1::text)`],
    [`INSERT INTO unique_name VALUES ($1), ($1)`],
    [`INSERT INTO short_name VALUES ($1)`],
  ])('quotes no value of a row: %s', async (statement) => {
    const pool = await poolOf(database.url);
    await database.query(`
      CREATE OR REPLACE FUNCTION raise_it(x text) RETURNS void LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no such customer: %'', x; END';
      CREATE TABLE IF NOT EXISTS unique_name (name text UNIQUE); CREATE TABLE IF NOT EXISTS short_name (name text CHECK (length(name) < 3))`);
    const error = await caught(inSession(pool, write, (session) => session.query(statement, [canary])));
    expect(sqlState(error)).toBeDefined();
    for (const text of [words(error), statementError(error, 'look').message])
      expect(text).not.toMatch(/Ada|Zebulon|Lovelace/i);
    expect(words(error).length).toBeGreaterThan(5);
  });

  it('names what the statement got wrong', async () => {
    const pool = await poolOf(database.url);
    const said = async (statement: string) =>
      words(await caught(inSession(pool, read, (session) => session.query(statement))));
    expect(await said('SELECT tip FROM orders')).toBe('column "tip" does not exist');
    expect(await said('SELECT FROM no_such_table')).toBe('relation "no_such_table" does not exist');
    expect(await said('SELECT no_such_function(1)')).toContain('no_such_function');
    expect(await said('SELECT 1/0')).toBe('division by zero');
  });
});

describe('a session whose work is told to stop', () => {
  it('gives its connection back only when no cancellation is on its way to it', async () => {
    const pool = await poolOf(database.url, { max: 1 });
    for (let round = 0; round < 25; round++) {
      const controller = new AbortController();
      const session = await beginSession(pool, { ...write, signal: controller.signal });
      await session.query('SELECT 1');
      controller.abort(new SmsfoodError('STEP_TIMEOUT', 'It took too long.'));
      await session.end('rollback');
      // The same backend: a cancellation that comes late would end this.
      const after = await inSession(pool, read, async (next) => {
        await next.query('SELECT pg_sleep(0.02)');
        return next.pid;
      });
      expect(after).toBe(session.pid);
    }
  });
});

/** The URL of a relay to the same server that tells its clients another process id, as poolers do. */
async function throughPooler(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const relay = createServer((client) => {
    const server = connect(Number(port), hostname);
    client.pipe(server);
    server.on('data', (chunk: Buffer) => {
      // BackendKeyData: K, its length of 12, the process id, the key.
      const at = chunk.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
      if (at !== -1) chunk.writeInt32BE(1, at + 5);
      client.write(chunk);
    });
    for (const socket of [client, server]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        server.destroy();
      });
    }
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  onTestFinished(() => void relay.close());
  const address = relay.address();
  const relayed = new URL(url);
  relayed.hostname = '127.0.0.1';
  relayed.port = String(typeof address === 'object' ? address?.port : '');
  return relayed.toString();
}
