import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeRows, createRow, exceeded, type RowChanges, refuseTooMany } from '../../src/db/ledger.js';
import type { Pool } from '../../src/db/pool.js';
import { inRun, inSharedRun } from '../../src/db/run.js';
import { inSession } from '../../src/db/session.js';
import { cloneWithOps, type TestDatabase } from '../harness/database.js';
import { smsfood } from '../harness/run.js';
import { LIMITS, poolOf } from './pool.js';

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await cloneWithOps();
});
afterAll(() => database.drop());
beforeEach(async () => {
  pool = await poolOf(database.url);
  await database.query(`TRUNCATE ops.change_log, ops.runs CASCADE; DELETE FROM customers`);
  await database.query(
    `INSERT INTO customers (id, "phoneNumber", "totalOrders", "updatedAt")
     SELECT 'c' || n, '+1404555000' || n, n, '2026-01-01' FROM generate_series(1, 3) n`,
  );
});

const run = (id: string, signal = new AbortController().signal) => ({
  id,
  command: 'reconcile',
  arguments: { full: true },
  writes: ['customers'],
  limits: LIMITS,
  signal,
});

/** Sets totalOrders to 10 wherever it is not. */
function toTen(runId: string, ids: string[]): RowChanges {
  return {
    runId,
    table: 'customers',
    columns: ['totalOrders'],
    ids,
    values: `SELECT id, 'why ' || id AS reason, $2::int AS "totalOrders" FROM customers WHERE id = ANY ($1::text[])`,
    parameters: [10],
    whenLocked: 'skip',
  };
}

function change(id: string, ids: string[]) {
  return inRun(pool, run(id), async () => ({
    value: await inSession(pool, { mode: 'write', limits: LIMITS }, (session) => changeRows(session, toTen(id, ids))),
    exitCode: 0,
    summary: { applied: ids.length },
  }));
}

const rowsOf = async (sql: string) => (await database.query(sql)).rows;

describe('changeRows', () => {
  it('writes, stamps and logs each row once, and nothing the second time', async () => {
    const id = randomUUID();
    const first = await change(id, ['c1', 'c2', 'gone']);
    expect(first.value).toEqual({
      changed: [
        { id: 'c1', before: { totalOrders: 1 }, after: { totalOrders: 10 } },
        { id: 'c2', before: { totalOrders: 2 }, after: { totalOrders: 10 } },
      ],
      busy: ['gone'],
    });
    expect(
      await rowsOf(
        `SELECT id, "totalOrders" AS n, "updatedAt" > now() AT TIME ZONE 'UTC' - interval '1 minute' AS stamped FROM customers ORDER BY id`,
      ),
    ).toEqual([
      { id: 'c1', n: 10, stamped: true },
      { id: 'c2', n: 10, stamped: true },
      { id: 'c3', n: 3, stamped: false },
    ]);
    expect(
      await rowsOf(`SELECT run_id, table_name, row_id, before, after, reason FROM ops.change_log ORDER BY row_id`),
    ).toEqual(
      ['c1', 'c2'].map((row, index) => ({
        run_id: id,
        table_name: 'customers',
        row_id: row,
        before: { totalOrders: index + 1 },
        after: { totalOrders: 10 },
        reason: `why ${row}`,
      })),
    );
    expect((await change(randomUUID(), ['c1', 'c2'])).value).toEqual({ changed: [], busy: [] });
    expect(await rowsOf('SELECT count(*)::int AS n FROM ops.change_log')).toEqual([{ n: 2 }]);
  });

  it('leaves a row that another transaction holds, without waiting for it', async () => {
    const other = await database.connect();
    await other.query(`BEGIN`);
    await other.query(`UPDATE customers SET name = 'x' WHERE id = 'c1'`);
    expect((await change(randomUUID(), ['c1', 'c2'])).value).toMatchObject({ changed: [{ id: 'c2' }], busy: ['c1'] });
    await other.query('ROLLBACK');
  });

  it('looks again: what was committed while it waited for the lock counts', async () => {
    const other = await database.connect();
    await other.query('BEGIN');
    await other.query(`UPDATE customers SET "totalOrders" = 10 WHERE id = 'c1'`);
    const id = randomUUID();
    const waiting = inRun(pool, run(id), async () => ({
      value: await inSession(pool, { mode: 'write', limits: LIMITS }, (session) =>
        changeRows(session, { ...toTen(id, ['c1']), whenLocked: 'wait' }),
      ),
      exitCode: 0,
      summary: {},
    }));
    await untilBlocked();
    await other.query('COMMIT');
    expect((await waiting).value).toEqual({ changed: [], busy: [] });
  });

  it('leaves neither the row nor the ledger changed when the transaction fails', async () => {
    const id = randomUUID();
    const failing = inRun(pool, run(id), () =>
      inSession(pool, { mode: 'write', limits: LIMITS }, async (session) => {
        await changeRows(session, toTen(id, ['c1']));
        throw new Error('killed');
      }),
    );
    await expect(failing).rejects.toThrow('killed');
    expect(await rowsOf(`SELECT "totalOrders" AS n FROM customers WHERE id = 'c1'`)).toEqual([{ n: 1 }]);
    expect(await rowsOf('SELECT count(*)::int AS n FROM ops.change_log')).toEqual([{ n: 0 }]);
    expect(await rowsOf('SELECT status, exit_code FROM ops.runs')).toEqual([{ status: 'errors', exit_code: 3 }]);
  });

  async function untilBlocked(): Promise<void> {
    const watcher: pg.Client = await database.connect();
    await expect
      .poll(
        async () =>
          (
            await watcher.query(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = $1`, [
              database.name,
            ])
          ).rowCount,
        { timeout: 5_000 },
      )
      .toBe(1);
  }
});

describe('createRow', () => {
  const create = (id: string, phoneNumber: string, eventId?: number) =>
    inRun(pool, run(randomUUID()), async () => ({
      value: await inSession(pool, { mode: 'write', limits: LIMITS }, (session) =>
        createRow(session, {
          runId: randomUUID(),
          ...(eventId === undefined ? {} : { eventId }),
          table: 'customers',
          id,
          values: { phoneNumber, totalOrders: 4, name: 'Ada' },
          reason: 'a test',
        }),
      ),
      exitCode: 0,
      summary: {},
    }));

  it('writes, stamps and logs a row without what is personal; not one that somebody has already', async () => {
    await database.query('ALTER TABLE ops.change_log DROP CONSTRAINT change_log_run_id_fkey');
    const { rows } = await database.query<{ id: string }>(
      `INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, verified_by, content_hash)
       VALUES ('twilio', 'k', 'sms.inbound', now(), 'file', '') RETURNING id`,
    );
    const event = Number(rows[0]?.id);
    expect((await create('new', '+14045550199', event)).value).toBe(true);
    expect((await create('other', '+14045550199')).value).toBe(false);
    expect(
      await rowsOf(
        `SELECT "phoneNumber" AS n, name, "totalOrders" AS orders, "updatedAt" > now() AT TIME ZONE 'UTC' - interval '1 minute' AS stamped
         FROM customers WHERE id IN ('new', 'other')`,
      ),
    ).toEqual([{ n: '+14045550199', name: 'Ada', orders: 4, stamped: true }]);
    expect(
      await rowsOf(`SELECT table_name, row_id, event_id::int AS event, before, after, reason FROM ops.change_log`),
    ).toEqual([
      { table_name: 'customers', row_id: 'new', event, before: null, after: { totalOrders: 4 }, reason: 'a test' },
    ]);
  });
});

describe('inSharedRun', () => {
  it('keeps nobody away, and is seen as killed when its process is gone', async () => {
    const ids = [randomUUID(), randomUUID()] as const;
    const shared = (id: string, work: () => Promise<unknown>) =>
      inSharedRun(pool, { ...run(id), command: 'webhooks work' }, async () => {
        await work();
        return { value: 0, exitCode: 143, summary: { processed: 3 } };
      });
    const seen = async () => {
      const { stdout } = await smsfood(['runs', 'list', '--format', 'json'], { env: { DATABASE_URL: database.url } });
      const runs: { id: string; status: string }[] = JSON.parse(stdout).runs;
      return Object.fromEntries(runs.map(({ id, status }) => [id, status]));
    };
    await shared(ids[0], () =>
      shared(ids[1], async () => {
        expect(await seen()).toEqual({ [ids[0]]: 'running', [ids[1]]: 'running' });
      }),
    );
    expect(await seen()).toEqual({ [ids[0]]: 'interrupted', [ids[1]]: 'interrupted' });
    await database.query(`UPDATE ops.runs SET status = 'running' WHERE id = $1`, [ids[0]]);
    expect(await seen()).toEqual({ [ids[0]]: 'killed', [ids[1]]: 'interrupted' });
  });

  it('refuses where it may not create rows', async () => {
    await database.query(
      `DO $$ BEGIN CREATE ROLE ledger_updater LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       GRANT USAGE ON SCHEMA public, ops TO ledger_updater; GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public TO ledger_updater;
       GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ops TO ledger_updater`,
    );
    const updater = await poolOf(database.urlFor('ledger_updater', 'secret'));
    const attempt = inSharedRun(updater, { ...run(randomUUID()), creates: ['orders'] }, async () => ({
      value: 0,
      exitCode: 0,
      summary: {},
    }));
    await expect(attempt).rejects.toMatchObject({
      code: 'DB_PERMISSION',
      message: expect.stringContaining('may not insert into orders'),
    });
    await database.query('DROP OWNED BY ledger_updater');
  });
});

describe('inRun', () => {
  it('records a run before it begins and when it ends', async () => {
    const id = randomUUID();
    const result = await inRun(pool, run(id), async () => {
      expect(await rowsOf('SELECT id, status, finished_at FROM ops.runs')).toEqual([
        { id, status: 'running', finished_at: null },
      ]);
      return { value: 'x', exitCode: 1, summary: { applied: 7 } };
    });
    expect(result.value).toBe('x');
    expect(
      await rowsOf(
        'SELECT command, arguments, status, exit_code, summary, finished_at >= started_at AS ended FROM ops.runs',
      ),
    ).toEqual([
      {
        command: 'reconcile',
        arguments: { full: true },
        status: 'findings',
        exit_code: 1,
        summary: { applied: 7 },
        ended: true,
      },
    ]);
  });

  it('keeps two runs of a feature apart, and sees that an earlier one was killed', async () => {
    const killed = randomUUID();
    await database.query(
      `INSERT INTO ops.runs (id, command, feature, arguments, version, host, started_at, status)
       VALUES ($1, 'reconcile', 'reconcile', '{}', '0', 'h', now(), 'running')`,
      [killed],
    );
    const first = randomUUID();
    await inRun(pool, run(first), async () => {
      await expect(
        inRun(pool, run(randomUUID()), async () => ({ value: 0, exitCode: 0, summary: {} })),
      ).rejects.toMatchObject({
        code: 'LOCKED',
      });
      await expect(
        inRun(pool, { ...run(randomUUID()), command: 'phones recycle' }, async () => ({
          value: 1,
          exitCode: 0,
          summary: {},
        })),
      ).resolves.toMatchObject({ value: 1 });
      return { value: 0, exitCode: 0, summary: {} };
    });
    expect(await rowsOf(`SELECT status FROM ops.runs WHERE id = '${killed}'`)).toEqual([{ status: 'interrupted' }]);
    await expect(change(randomUUID(), ['c1'])).resolves.toMatchObject({ exitCode: 0 });
  });

  it('notices that its lock is gone', async () => {
    const work = inRun(pool, run(randomUUID()), async ({ verify }) => {
      await verify();
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      await verify();
      return { value: 0, exitCode: 0, summary: {} };
    });
    await expect(work).rejects.toMatchObject({ code: 'DB_LOST' });
  });

  it('records that it was told to stop', async () => {
    const controller = new AbortController();
    const id = randomUUID();
    const { SmsfoodError } = await import('../../src/errors.js');
    const work = inRun(pool, run(id, controller.signal), async () => {
      controller.abort(new SmsfoodError('TERMINATED', 'Terminated.'));
      controller.signal.throwIfAborted();
      return { value: 0, exitCode: 0, summary: {} };
    });
    await expect(work).rejects.toMatchObject({ code: 'TERMINATED' });
    expect(await rowsOf('SELECT status, exit_code FROM ops.runs')).toEqual([{ status: 'interrupted', exit_code: 143 }]);
  });

  it('refuses before anything is planned where it may not write', async () => {
    await database.query(
      `DO $$ BEGIN CREATE ROLE ledger_reader LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    );
    await database.query(
      `GRANT USAGE ON SCHEMA public, ops TO ledger_reader; GRANT SELECT ON ALL TABLES IN SCHEMA public, ops TO ledger_reader`,
    );
    const reader = await poolOf(database.urlFor('ledger_reader', 'secret'));
    const attempt = () => inRun(reader, run(randomUUID()), async () => ({ value: 0, exitCode: 0, summary: {} }));
    await expect(attempt()).rejects.toMatchObject({
      code: 'DB_PERMISSION',
      message: expect.stringContaining('schema ops'),
    });
    await database.query(`GRANT INSERT, UPDATE ON ops.runs, ops.change_log TO ledger_reader`);
    await expect(attempt()).rejects.toMatchObject({
      code: 'DB_PERMISSION',
      message: expect.stringContaining('may not update customers'),
    });
    await database.query('DROP OWNED BY ledger_reader');
  });

  it('refuses a schema ops of an older version, and says what it lacks', async () => {
    const { rows } = await database.query(
      'DELETE FROM ops.migrations WHERE name = (SELECT max(name) FROM ops.migrations) RETURNING *',
    );
    try {
      await expect(change(randomUUID(), ['c1'])).rejects.toMatchObject({
        code: 'OPS_NOT_INSTALLED',
        message: `Nothing was changed: the schema ops is that of an older version and lacks ${rows[0]?.name}.`,
        hint: expect.stringContaining('smsfood db install'),
      });
      expect(await rowsOf('SELECT FROM ops.runs')).toEqual([]);
    } finally {
      await database.query('INSERT INTO ops.migrations SELECT * FROM jsonb_populate_record(NULL::ops.migrations, $1)', [
        rows[0],
      ]);
    }
  });
});

describe('the guard', () => {
  it('allows 20% of the table, at least 100 rows, unless told otherwise', () => {
    expect(exceeded({ maxChanges: null, force: false }, 2_001, 10_000)).toBe(2_000);
    expect(exceeded({ maxChanges: null, force: false }, 2_000, 10_000)).toBeNull();
    expect(exceeded({ maxChanges: null, force: false }, 101, 50)).toBe(100);
    expect(exceeded({ maxChanges: null, force: false }, 100, 50)).toBeNull();
    expect(exceeded({ maxChanges: 5, force: false }, 6, 50)).toBe(5);
    expect(exceeded({ maxChanges: 5, force: true }, 50, 50)).toBeNull();
    expect(() => refuseTooMany('customers', 2_001, 10_000, { maxChanges: null, force: false })).toThrow(
      /2,001 rows of customers would change, more than the 2,000/,
    );
    expect(() => refuseTooMany('customers', 2_000, 10_000, { maxChanges: null, force: false })).not.toThrow();
  });
});
