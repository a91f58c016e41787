import { afterAll, beforeAll, expect, it } from 'vitest';
import { damagedDatabase } from '../checks/damaged.js';
import { FIXTURE_CLOCK } from '../checks/fixtures.js';
import { verdict } from '../checks/judge.js';
import { readDocument } from '../harness/check-document.js';
import type { TestDatabase } from '../harness/database.js';
import { startProgram } from '../harness/process.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await damagedDatabase();
  // Neither the server's nor the database's zone may matter.
  await database.query(
    `ALTER DATABASE ${database.name} SET TimeZone = 'Australia/Lord_Howe'; ALTER DATABASE ${database.name} SET DateStyle = 'SQL, DMY'`,
  );
});
afterAll(() => database.drop());

/** The built program in a process of its own, whose clock stands in that zone. */
async function results(TZ: string) {
  const { ended } = startProgram(['check', '--format', 'json', '--as-of', FIXTURE_CLOCK, '--sample', '20'], {
    env: { DATABASE_URL: database.url, TZ },
  });
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  const document = readDocument(stdout);
  return { results: document.results.map(verdict), now: document.run.now };
}

it('the zone of the process changes no result', async () => {
  const utc = await results('UTC');
  expect(utc.results.filter(({ status }) => status === 'error')).toEqual([]);
  expect(utc.now).toBe('2026-03-10T15:00:00.000Z');
  expect(await results('America/New_York')).toEqual(utc);
  expect(await results('Asia/Kolkata')).toEqual(utc);
});
