import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { inSavepoint, type Session } from '../../src/db/session.js';
import { openSnapshot } from '../../src/db/snapshot.js';
import { cloneDatabase, onServer, type TestDatabase } from '../harness/database.js';
import { smsfood } from '../harness/run.js';
import { LIMITS, poolOf } from './pool.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
  await database.query(
    'CREATE TABLE account (id integer PRIMARY KEY, cents integer); INSERT INTO account VALUES (1, 100), (2, 0)',
  );
});
afterAll(() => database.drop());

async function balances(session: Session): Promise<number[]> {
  const { rows } = await session.query<{ cents: number }>('SELECT cents FROM account ORDER BY id');
  return rows.map(({ cents }) => cents);
}

describe('a snapshot', () => {
  it('is one instant for all sessions, also for what is asked later', async () => {
    const pool = await poolOf(database.url);
    const snapshot = await openSnapshot(pool, 3, { limits: LIMITS });
    expect(snapshot).toMatchObject({ kind: 'shared', reason: null });
    expect(new Set(snapshot.sessions.map(({ pid }) => pid)).size).toBe(3);
    for (let transfer = 0; transfer < 3; transfer++) {
      await database.query(
        'BEGIN; UPDATE account SET cents = cents - 1 WHERE id = 1; UPDATE account SET cents = cents + 1 WHERE id = 2; COMMIT',
      );
      for (const session of snapshot.sessions) expect(await balances(session)).toEqual([100, 0]);
    }
    await snapshot.end();
    const after = await openSnapshot(pool, 1, { limits: LIMITS });
    expect(await balances(after.sessions[0] ?? never())).toEqual([97, 3]);
    expect(after).toMatchObject({ kind: 'shared', reason: null });
    await after.end();
    await database.query('UPDATE account SET cents = CASE id WHEN 1 THEN 100 ELSE 0 END');
  });

  it('is joined later too, after statements that failed, and under the limits of then', async () => {
    const pool = await poolOf(database.url);
    const snapshot = await openSnapshot(pool, 1, { limits: LIMITS });
    await database.query('UPDATE account SET cents = 77 WHERE id = 2');
    await expect(inSavepoint(snapshot.first, () => snapshot.first.query('SELECT 1 / 0'))).rejects.toThrow('zero');
    await snapshot.widen(3, { ...LIMITS, workMem: '12MB', parallelWorkers: 0 });
    expect(snapshot).toMatchObject({ kind: 'shared', reason: null });
    expect(snapshot.sessions).toHaveLength(3);
    for (const session of snapshot.sessions) {
      expect(await balances(session)).toEqual([100, 0]);
      const { rows } = await session.query(
        `SELECT current_setting('work_mem') AS memory, current_setting('max_parallel_workers_per_gather') AS workers`,
      );
      expect(rows).toEqual([{ memory: '12MB', workers: '0' }]);
    }
    await snapshot.end();
    await database.query('UPDATE account SET cents = 0 WHERE id = 2');
  });

  it('puts a fresh session on the same instant in place of a lost one', async () => {
    const pool = await poolOf(database.url);
    const snapshot = await openSnapshot(pool, 3, { limits: LIMITS });
    await database.query('UPDATE account SET cents = 55 WHERE id = 1');
    const [exporter, lost, other] = snapshot.sessions;
    if (exporter === undefined || lost === undefined || other === undefined) throw never();
    await database.query('SELECT pg_terminate_backend($1)', [lost.pid]);
    await expect(balances(lost)).rejects.toThrow();
    const fresh = await snapshot.replace(lost);
    expect(fresh).not.toBeNull();
    expect(snapshot.sessions).toEqual([exporter, fresh, other]);
    for (const session of snapshot.sessions) expect(await balances(session)).toEqual([100, 0]);

    // With the exporter goes the snapshot: better no session than one on another instant.
    await database.query('SELECT pg_terminate_backend($1)', [exporter.pid]);
    await expect(balances(exporter)).rejects.toThrow();
    expect(await snapshot.replace(exporter)).toBeNull();
    await snapshot.end();
    await database.query('UPDATE account SET cents = 100 WHERE id = 1');
  });

  it('goes on with the sessions that it can have, and says why they are few', async () => {
    const role = `smsfood_test_limited_${randomBytes(4).toString('hex')}`;
    await database.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'x' CONNECTION LIMIT 1; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    onTestFinished(async () => {
      await database.query(`DROP OWNED BY ${role}`);
      await onServer(inject('serverUrl'), (client) => client.query(`DROP ROLE ${role}`));
    });
    const url = database.urlFor(role, 'x');
    // Its first test of the connection must be back before the next one is opened, or the limit would refuse the run itself.
    const { code, stdout, stderr } = await smsfood(
      ['check', 'customers', 'orders', '--jobs', '4', '--format', 'json'],
      { env: { DATABASE_URL: url } },
    );
    const { run, notes, summary } = JSON.parse(stdout);
    expect({ stderr, snapshot: run.snapshot, errors: summary.error }).toEqual({
      stderr: '',
      snapshot: 'single',
      errors: 0,
    });
    expect(notes).toEqual([expect.stringMatching(/^One connection instead of 4: .*no connection left/)]);
    expect(code).toBe(JSON.parse(stdout).exitCode);

    await database.query(`ALTER ROLE ${role} CONNECTION LIMIT 2`);
    const pair = await smsfood(['check', 'customers', '--jobs', '4', '--format', 'json'], {
      env: { DATABASE_URL: url },
    });
    expect(JSON.parse(pair.stdout).run.snapshot).toBe('shared');
  });
});

function never(): never {
  throw new Error('a snapshot without its sessions');
}
