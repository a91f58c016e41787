import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestDatabase } from '../harness/database.js';
import { damagedDatabase } from './damaged.js';
import { FIXTURE_CLOCK } from './fixtures.js';
import { bindNow, handWritten } from './hand-written.js';
import { type Judged, judge } from './judge.js';

// hand-written.sql was written from the rules alone, by someone who had not seen checks/: a second opinion.
describe('every number equals that of SQL written independently', () => {
  const statements = handWritten();
  let database: TestDatabase;
  let judged: Judged;

  beforeAll(async () => {
    database = await damagedDatabase('production', { ops: true });
    judged = await judge(database);
  });
  afterAll(() => database.drop());

  it('covers the whole catalogue', () => {
    expect([...statements.keys()].sort()).toEqual(judged.results.map(({ id }) => id).sort());
  });

  it.each([...statements])('%s', async (id, sql) => {
    const { rows } = await database.query<Record<string, string | null>>(bindNow(sql, FIXTURE_CLOCK));
    const [row] = rows;
    const result = judged.byId.get(id);
    if (row === undefined || result === undefined) throw new Error('no answer');
    const number = (value: string | null | undefined) => (value == null ? null : Number(value));
    if (result.violations !== null) {
      expect({ violations: result.violations, cents: result.cents }).toEqual({
        violations: number(row.violations),
        cents: result.cents === null ? null : (number(row.cents) ?? 0),
      });
    } else if (row.value == null) expect(result.value).toBeNull();
    else expect(result.value).toBeCloseTo(Number(row.value), 6);
  });
});
