import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { shell, startProgram } from '../harness/process.js';
import { type ExportWorld, exportWorld } from './world.js';

let world: ExportWorld;
beforeAll(async () => {
  world = await exportWorld();
  await world.make('orders', { id: 'first', createdAt: '2026-03-05T12:00:00' });
  await world.query(
    `INSERT INTO orders (id, "customerId", "menuId", items, "totalAmount", "createdAt", "updatedAt")
     SELECT 'o' || n, 'spared-customer', 'spared-menu', '[]', n, timestamp '2026-03-02' + n % 25 * interval '1 day', timestamp '2026-03-01'
     FROM generate_series(1, 30000) AS n`,
  );
});
afterAll(() => world.drop());

const ARGUMENTS = ['export', 'orders', '--month', '2026-03', '--force', '--output'];

/** Holds the customers, so that the copy has begun and cannot end; returns what lets them go. */
async function holdCustomers(): Promise<() => Promise<unknown>> {
  const holder = await world.connect();
  await holder.query('BEGIN; LOCK TABLE customers IN ACCESS EXCLUSIVE MODE');
  return () => holder.query('ROLLBACK');
}

const statements = async () => {
  const { rows } = await world.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name LIKE 'smsfood/export%' AND state = 'active' AND query LIKE 'COPY%'`,
  );
  return rows[0]?.count ?? 0;
};

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s while it copies: exit code %i, the earlier file as it was, nothing left here or on the server',
  async (signal, exitCode) => {
    const folder = temporaryFolder({ 'a.csv': 'earlier' });
    const letGo = await holdCustomers();
    const { child, ended } = startProgram([...ARGUMENTS, join(folder, 'a.csv')], { env: { DATABASE_URL: world.url } });
    await vi.waitFor(async () => expect(await statements()).toBe(2), { timeout: 30_000 });
    expect(readdirSync(folder).length).toBeGreaterThan(1);
    child.kill(signal);
    expect(await ended).toMatchObject({ code: exitCode, stdout: '' });
    expect(readdirSync(folder)).toEqual(['a.csv']);
    expect(readFileSync(join(folder, 'a.csv'), 'utf8')).toBe('earlier');
    await vi.waitFor(async () => expect(await statements()).toBe(0), { timeout: 10_000 });
    await letGo();
  },
);

it('two signals at once: the process waits for nobody, and still leaves nothing', async () => {
  const folder = temporaryFolder({ 'a.csv': 'earlier' });
  const letGo = await holdCustomers();
  try {
    const { child, ended } = startProgram([...ARGUMENTS, join(folder, 'a.csv')], { env: { DATABASE_URL: world.url } });
    await vi.waitFor(async () => expect(await statements()).toBe(2), { timeout: 30_000 });
    expect(readdirSync(folder).length).toBeGreaterThan(1);
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect([130, 143]).toContain((await ended).code);
  } finally {
    await letGo();
  }
  expect(readdirSync(folder)).toEqual(['a.csv']);
  expect(readFileSync(join(folder, 'a.csv'), 'utf8')).toBe('earlier');
  await vi.waitFor(async () => expect(await statements()).toBe(0), { timeout: 10_000 });
});

it('a full disk: exit code 3, a clear sentence, nothing left', async () => {
  const folder = temporaryFolder({ 'a.csv': 'earlier' });
  // A limit on the size of files refuses the write as a full disk does.
  const { code, stderr } = await shell(`ulimit -f 200; $SMSFOOD ${ARGUMENTS.join(' ')} '${folder}/a.csv'`, {
    DATABASE_URL: world.url,
  });
  expect([code, stderr]).toEqual([
    3,
    expect.stringMatching(/Could not write .*larger than this user may write.*\[FILE_NOT_WRITTEN\]/),
  ]);
  expect(readdirSync(folder)).toEqual(['a.csv']);
  expect(readFileSync(join(folder, 'a.csv'), 'utf8')).toBe('earlier');
});

it('standard output takes the bytes of any format, and a reader that has seen enough', async () => {
  const folder = temporaryFolder();
  const month = ARGUMENTS.slice(0, 4).join(' ');
  const env = { DATABASE_URL: world.url };
  const file = await shell(
    `$SMSFOOD ${month} -q --output '${folder}/a.csv' && $SMSFOOD ${month} --gzip -q | gunzip | cmp - '${folder}/a.csv'`,
    env,
  );
  expect(file).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await shell(`$SMSFOOD ${month} | head -n 1`, env)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^order_id,/),
    stderr: '',
  });
  expect(await shell(`$SMSFOOD ${month} > /dev/full`, env)).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('[FILE_NOT_WRITTEN]'),
  });
});
