import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeRows } from '../../src/db/ledger.js';
import { inRun } from '../../src/db/run.js';
import { inSession } from '../../src/db/session.js';
import { LIMITS, poolOf } from '../db/pool.js';
import { cloneDatabase, cloneWithOps, type TestDatabase } from '../harness/database.js';
import { smsfood } from '../harness/run.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneWithOps();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.query(
    `TRUNCATE ops.change_log, ops.runs CASCADE; DELETE FROM customers; DELETE FROM business_customers`,
  );
  await database.query(
    `INSERT INTO customers (id, "phoneNumber", name, category, "totalOrders", "updatedAt")
     SELECT 'c' || n, '+1404555000' || n, 'Ada', 'New', n, '2026-01-01' FROM generate_series(1, 4) n`,
  );
});

const run = (args: readonly string[], url = database.url) => smsfood(args, { env: { DATABASE_URL: url } });
const json = async (args: readonly string[]) => {
  const outcome = await run([...args, '--format', 'json']);
  return { ...outcome, document: outcome.stdout === '' ? null : JSON.parse(outcome.stdout) };
};
const customers = async () =>
  (await database.query(`SELECT id, category, "totalOrders" AS n FROM customers ORDER BY id`)).rows.map(
    ({ id, category, n }) => `${id} ${category} ${n}`,
  );

/** A run as a feature makes it; `rows` are [id, category, totalOrders]. */
async function made(rows: readonly (readonly [string, string | null, number])[], table = 'customers'): Promise<string> {
  const id = randomUUID();
  const pool = await poolOf(database.url);
  const access = { limits: LIMITS, signal: new AbortController().signal };
  await inRun(pool, { ...access, id, command: 'reconcile', arguments: {}, writes: [table] }, async () => {
    for (const [row, category, orders] of rows) {
      await inSession(pool, { ...access, mode: 'write' }, (session) =>
        changeRows(session, {
          runId: id,
          table: 'customers',
          columns: ['category', 'totalOrders'],
          ids: [row],
          values: `SELECT id, 'customer ' || id || ' had drifted by 7' AS reason, $2::text AS category, $3::int AS "totalOrders"
                   FROM customers WHERE id = ANY ($1::text[])`,
          parameters: [category, orders],
          whenLocked: 'skip',
        }),
      );
    }
    return { value: null, exitCode: 0, summary: { applied: rows.length } };
  });
  return id;
}

describe('undo', () => {
  it('shows what it would restore, restores it, and marks it as undone', async () => {
    const before = await customers();
    const id = await made([
      ['c1', null, 10],
      ['c2', 'VIP', 20],
      ['c1', 'Lost', 11],
    ]);
    expect(await customers()).toEqual(['c1 Lost 11', 'c2 VIP 20', 'c3 New 3', 'c4 New 4']);

    const dry = await json(['undo', id.slice(0, 8)]);
    expect(dry).toMatchObject({
      code: 0,
      document: { schema: 'smsfood.undo/1', run: id, mode: 'dry-run', restorable: 2, restored: 0, left: [] },
    });
    expect(await customers()).toEqual(['c1 Lost 11', 'c2 VIP 20', 'c3 New 3', 'c4 New 4']);

    const applied = await json(['undo', id, '--apply']);
    expect(applied).toMatchObject({ code: 0, document: { mode: 'apply', restored: 2, left: [], exitCode: 0 } });
    expect(await customers()).toEqual(before);
    const { rows } = await database.query('SELECT undone_by FROM ops.change_log WHERE run_id = $1', [id]);
    expect(rows.map(({ undone_by }) => undone_by)).toEqual(Array(3).fill(applied.document.undoRun));

    const again = await run(['undo', id, '--apply']);
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toContain(`is undone already, by run ${applied.document.undoRun}. [ALREADY_UNDONE]`);
    expect(await customers()).toEqual(before);
  });

  it('can be undone itself', async () => {
    const id = await made([['c1', 'VIP', 10]]);
    const { document } = await json(['undo', id, '--apply']);
    expect((await json(['undo', document.undoRun, '--apply'])).code).toBe(0);
    expect(await customers()).toContain('c1 VIP 10');
  });

  it('leaves and names rows that have moved on, are gone, or are held', async () => {
    const id = await made([
      ['c1', 'VIP', 10],
      ['c2', 'VIP', 20],
      ['c3', 'VIP', 30],
      ['c4', 'VIP', 40],
    ]);
    await database.query(`UPDATE customers SET "totalOrders" = 21 WHERE id = 'c2'`);
    await database.query(`DELETE FROM customers WHERE id = 'c3'`);
    const dry = await json(['undo', id]);
    const left = [
      { table: 'customers', row: 'c2', reason: 'moved on' },
      { table: 'customers', row: 'c3', reason: 'gone' },
    ];
    expect(dry).toMatchObject({ code: 1, document: { restorable: 2, left } });

    const other = await database.connect();
    await other.query('BEGIN');
    await other.query(`UPDATE customers SET name = 'Grace' WHERE id = 'c4'`);
    const applied = await json(['undo', id, '--apply']);
    await other.query('COMMIT');
    expect(applied).toMatchObject({
      code: 1,
      document: {
        restored: 1,
        left: [...left, { table: 'customers', row: 'c4', reason: 'held by another transaction' }],
      },
    });
    expect(await customers()).toEqual(['c1 New 1', 'c2 VIP 21', 'c4 VIP 40']);

    // The rest can be tried again; what was changed beside the run's columns is no reason to leave a row.
    const second = await json(['undo', id, '--apply']);
    expect(second).toMatchObject({ code: 1, document: { restored: 1, alreadyUndone: 1, left } });
    expect(await customers()).toEqual(['c1 New 1', 'c2 VIP 21', 'c4 New 4']);
    const text = await run(['undo', id]);
    expect(text.stdout).toMatch(
      /Would restore nothing[\s\S]*2 rows restored already by an earlier undo[\s\S]*c2 .*moved on[\s\S]*c3 .*gone/,
    );
  });

  it('restores what it can where the database refuses a value by now', async () => {
    await database.query(
      `INSERT INTO business_customers (id, "businessName", "contactName", "contactEmail", "zipCode", "areaCode", "assignedPhoneNumber", "updatedAt")
       SELECT 'b' || n, 'B', 'C', n || '@example.com', '30303', '404', '+1404555100' || n, '2026-01-01' FROM generate_series(1, 3) n`,
    );
    const id = randomUUID();
    const pool = await poolOf(database.url);
    const access = { limits: LIMITS, signal: new AbortController().signal };
    await inRun(pool, { ...access, id, command: 'phones release', arguments: {}, writes: [] }, () =>
      inSession(pool, { ...access, mode: 'write' }, async (session) => {
        const { changed } = await changeRows(session, {
          runId: id,
          table: 'business_customers',
          columns: ['assignedPhoneNumber'],
          ids: ['b1', 'b2', 'b3'],
          values: `SELECT id, 'released' AS reason, NULL::text AS "assignedPhoneNumber" FROM business_customers WHERE id = ANY ($1::text[])`,
          whenLocked: 'wait',
          changesKeys: true,
        });
        return { value: changed.length, exitCode: 0, summary: {} };
      }),
    );
    await database.query(`UPDATE business_customers SET "assignedPhoneNumber" = '+14045551001' WHERE id = 'b2'`);
    const { code, document } = await json(['undo', id, '--apply']);
    expect(code).toBe(1);
    expect(document).toMatchObject({
      restored: 1,
      left: [
        { row: 'b2', reason: 'moved on' },
        { row: 'b1', reason: 'refused' },
      ],
    });
    const { rows } = await database.query(`SELECT "assignedPhoneNumber" AS number FROM business_customers ORDER BY id`);
    expect(rows.map(({ number }) => number)).toEqual([null, '+14045551001', '+14045551003']);
  });

  it('refuses what it cannot undo, in words', async () => {
    const empty = await made([]);
    const outcomes = await Promise.all([
      run(['undo', 'ffffffff']),
      run(['undo', empty, '--apply']),
      run(['undo']),
      run(['undo', '%%%%']),
      run(['undo', '']),
      run(['undo', empty.slice(0, 3), '--apply']),
    ]);
    expect(outcomes.map(({ code, stderr }) => [code, /\[(\w+)\]/.exec(stderr)?.[1]])).toEqual([
      [2, 'NOT_FOUND'],
      [2, 'NOTHING_SELECTED'],
      [2, 'USAGE'],
      [2, 'NOT_FOUND'],
      [2, 'USAGE'],
      [2, 'USAGE'],
    ]);
    expect(outcomes[0]?.stderr).toContain('smsfood runs list');
  });

  it('shows what a run at work has changed so far, and waits for its end to undo it', async () => {
    const id = randomUUID();
    const pool = await poolOf(database.url);
    const access = { limits: LIMITS, signal: new AbortController().signal };
    await inRun(pool, { ...access, id, command: 'reconcile', arguments: {}, writes: ['customers'] }, async () => {
      await inSession(pool, { ...access, mode: 'write' }, (session) =>
        changeRows(session, {
          runId: id,
          table: 'customers',
          columns: ['category'],
          ids: ['c1'],
          values: `SELECT id, 'why' AS reason, 'VIP' AS category FROM customers WHERE id = ANY ($1::text[])`,
          whenLocked: 'skip',
        }),
      );
      const dry = await run(['undo', id]);
      expect(dry).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('It is at work: more changes may follow.'),
      });
      const refused = await run(['undo', id, '--apply']);
      expect(refused).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[LOCKED]') });
      return { value: null, exitCode: 0, summary: {} };
    });
    expect(await customers()).toContain('c1 VIP 1');
    expect((await run(['undo', id, '--apply'])).code).toBe(0);
    expect(await customers()).toContain('c1 New 1');
  });

  it('needs a role that may write, and an installed schema', async () => {
    const id = await made([['c1', 'VIP', 10]]);
    await database.query(
      `DO $$ BEGIN CREATE ROLE undo_reader LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       GRANT USAGE ON SCHEMA public, ops TO undo_reader; GRANT SELECT ON ALL TABLES IN SCHEMA public, ops TO undo_reader`,
    );
    const reader = database.urlFor('undo_reader', 'secret');
    expect((await run(['undo', id], reader)).code).toBe(0);
    const refused = await run(['undo', id, '--apply'], reader);
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toContain('[DB_PERMISSION]');
    expect(await customers()).toContain('c1 VIP 10');
    await database.query('DROP OWNED BY undo_reader');

    const bare = await cloneDatabase();
    const absent = await run(['undo', id], bare.url);
    await bare.drop();
    expect(absent).toMatchObject({ code: 3, stdout: '' });
    expect(absent.stderr).toContain('smsfood db install');
  });
});

describe('runs', () => {
  it('lists runs with what they changed, newest first', async () => {
    const first = await made([
      ['c1', 'VIP', 10],
      ['c2', 'VIP', 20],
    ]);
    await run(['undo', first, '--apply']);
    const { document } = await json(['runs', 'list']);
    expect(document.runs).toMatchObject([
      { command: 'undo', status: 'done', exit: 0, changes: 2, undone: 0 },
      { id: first, command: 'reconcile', status: 'done', exit: 0, changes: 2, undone: 2 },
    ]);
    expect((await json(['runs', 'list', '--command', 'reconcile', '--limit', '1'])).document.runs).toHaveLength(1);
    expect((await run(['runs', 'list'])).stdout).toMatch(new RegExp(`${first.slice(0, 8)} +reconcile +done +2 +2`));
  });

  it('tells a run at work from one that was killed', async () => {
    await database.query(
      `INSERT INTO ops.runs (id, command, feature, arguments, version, host, started_at, status)
       VALUES (gen_random_uuid(), 'segments', 'segments', '{}', '0', 'h', now() - interval '1 day', 'running')`,
    );
    const pool = await poolOf(database.url);
    const access = { limits: LIMITS, signal: new AbortController().signal };
    await inRun(pool, { ...access, id: randomUUID(), command: 'reconcile', arguments: {}, writes: [] }, async () => {
      const { document } = await json(['runs', 'list']);
      expect(document.runs).toMatchObject([
        { command: 'reconcile', status: 'running', exit: null, durationMs: null },
        { command: 'segments', status: 'killed' },
      ]);
      return { value: null, exitCode: 0, summary: {} };
    });
  });

  it('shows one run, with reasons counted and personal data masked', async () => {
    await database.query(`UPDATE customers SET name = 'Ada Lovelace' WHERE id = 'c1'`);
    const id = randomUUID();
    const pool = await poolOf(database.url);
    const access = { limits: LIMITS, signal: new AbortController().signal };
    await inRun(pool, { ...access, id, command: 'test', arguments: { full: true }, writes: [] }, () =>
      inSession(pool, { ...access, mode: 'write' }, async (session) => {
        await changeRows(session, {
          runId: id,
          table: 'customers',
          columns: ['name'],
          ids: ['c1', 'c2'],
          values: `SELECT id, 'row ' || id || ' needs a name' AS reason, 'Grace Hopper' AS name FROM customers WHERE id = ANY ($1::text[])`,
          whenLocked: 'wait',
        });
        return { value: null, exitCode: 1, summary: { applied: 2 } };
      }),
    );
    const { document } = await json(['runs', 'show', id.slice(0, 10)]);
    expect(document).toMatchObject({
      schema: 'smsfood.run/1',
      run: { id, command: 'test', arguments: { full: true }, status: 'findings', exitCode: 1, summary: { applied: 2 } },
      changes: [{ table: 'customers', reason: 'row c1 needs a name', changes: 2, undone: 0 }],
      samples: [
        { table: 'customers', row: 'c1', before: { name: 'A•••••' }, after: { name: 'G•••••' } },
        { row: 'c2' },
      ],
    });
    const text = await run(['runs', 'show', id]);
    expect(text.stdout).not.toContain('Lovelace');
    expect(text.stdout).toMatch(/counted +applied 2/);
    expect((await run(['runs', 'show', id, '--reveal'])).stdout).toContain('Ada Lovelace');
    const unknown = await run(['runs', 'show', '0000']);
    expect([unknown.code, unknown.stdout]).toEqual([2, '']);
    expect(unknown.stderr).toContain('No run is called "0000". [NOT_FOUND]');
  });
});
