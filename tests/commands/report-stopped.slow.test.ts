import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { cloneWithOps, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { startProgram } from '../harness/process.js';
import { smsfood } from '../harness/run.js';
import { report } from '../report/page.js';

const WAITING = `FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock' AND application_name LIKE 'smsfood/report/%'`;

describe('a report that is stopped while it waits for messages that somebody has locked', () => {
  let database: TestDatabase;
  let other: pg.Client;
  beforeAll(async () => {
    database = await cloneWithOps('production');
    await seedMarketplace(await database.connect(), {
      ...{ customers: 20, orders: 100, days: 60, damage: 'none', seed: 2, now: new Date() },
      timezone: 'America/New_York',
    });
    other = await database.connect();
  });
  afterAll(() => database.drop());
  beforeEach(() => other.query('BEGIN; LOCK TABLE sms_logs IN ACCESS EXCLUSIVE MODE'));
  afterEach(() => other.query('ROLLBACK'));

  /** How many reports wait. */
  async function waiting(): Promise<number | undefined> {
    const { rows } = await database.query<{ count: number }>(`SELECT count(*)::int AS count ${WAITING}`, [
      database.name,
    ]);
    return rows[0]?.count;
  }
  const terminate = () => database.query(`SELECT pg_terminate_backend(pid) ${WAITING}`, [database.name]);

  it('by SIGINT or SIGTERM leaves the previous file, or none', async () => {
    const folder = temporaryFolder({ 'old.html': 'of yesterday' });
    mkdirSync(join(folder, 'new'));
    const start = (output: string) =>
      startProgram(['report', '--output', join(folder, output), '--force'], { env: { DATABASE_URL: database.url } });
    const [interrupted, terminated] = [start('old.html'), start('new/report.html')];
    await expect.poll(waiting, { timeout: 30_000 }).toBe(2);
    interrupted.child.kill('SIGINT');
    terminated.child.kill('SIGTERM');
    expect(await interrupted.ended).toMatchObject({ code: 130, stdout: '' });
    expect(await terminated.ended).toMatchObject({ code: 143, stdout: '' });
    expect(readFileSync(join(folder, 'old.html'), 'utf8')).toBe('of yesterday');
    expect(readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()).toEqual(['new', 'old.html']);
    await expect.poll(waiting, { timeout: 10_000 }).toBe(0);
  });

  it('by a lost connection before it has a number leaves the previous file', async () => {
    const folder = temporaryFolder({ 'old.html': 'of yesterday' });
    const running = smsfood(['report', '--output', join(folder, 'old.html'), '--force'], {
      env: { DATABASE_URL: database.url },
    });
    await expect.poll(waiting, { timeout: 30_000 }).toBe(1);
    await terminate();
    expect(await running).toMatchObject({ code: 3, stderr: expect.stringContaining('[DB_LOST]') });
    expect(readFileSync(join(folder, 'old.html'), 'utf8')).toBe('of yesterday');
    expect(readdirSync(folder)).toEqual(['old.html']);
  });

  it('by a lost connection on the way has what it had, and says what it does not know', async () => {
    await other.query('ROLLBACK');
    expect(await smsfood(['refresh'], { env: { DATABASE_URL: database.url } })).toMatchObject({ code: 0 });
    await other.query('BEGIN; LOCK TABLE sms_logs IN ACCESS EXCLUSIVE MODE');
    // Of the KPIs, only those of the messages are not read from the summaries that are fresh now.
    const running = report(database);
    await expect.poll(waiting, { timeout: 30_000 }).toBe(1);
    await terminate();
    await other.query('ROLLBACK');
    const { code, stderr, page } = await running;
    expect({ code, stderr }).toEqual({ code: 3, stderr: 'Not all of it is known: SMS delivery. The page says why.\n' });
    const { unknown, figure } = page();
    expect(unknown('SMS delivery')).toMatch(
      /^Unknown, because of trouble with the database\. The connection to the database was lost;/,
    );
    expect(figure('overview.total_customers')).toBe('20');
  });
});
