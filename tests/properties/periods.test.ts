import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDay } from '../../src/commands/instant.js';
import { inSession } from '../../src/db/session.js';
import { readPeriod } from '../../src/exports/period.js';
import {
  addDays,
  addMonths,
  between,
  compared,
  daysBetween,
  GRAINS,
  next,
  running,
  startOf,
} from '../../src/kpi/period.js';
import { LIMITS, poolOf } from '../db/pool.js';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';

const day = fc.integer({ min: 0, max: 36_500 }).map((days) => addDays('1990-01-01', days));
const grain = fc.constantFrom(...GRAINS);
const time = fc
  .tuple(fc.nat({ max: 23 }), fc.nat({ max: 59 }))
  .map((parts) => `${parts.map((n) => String(n).padStart(2, '0')).join(':')}:00.000`);

describe('periods of kpi', () => {
  it('days are counted there and back', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -4000, max: 4000 }), (start, days) => {
        expect(isDay(start)).toBe(true);
        expect(daysBetween(start, addDays(start, days))).toBe(days);
        expect(addDays(addDays(start, days), -days)).toBe(start);
      }),
    );
  });

  it('each day lies in one day, week and month, which follow each other without a gap', () => {
    fc.assert(
      fc.property(grain, day, (each, date) => {
        const start = startOf(each, date);
        const end = next(each, start);
        expect(start <= date && date < end).toBe(true);
        expect(startOf(each, start)).toBe(start);
        expect(startOf(each, addDays(end, -1))).toBe(start);
        expect(startOf(each, end)).toBe(end);
        if (each === 'week') expect(new Date(start).getUTCDay()).toBe(1);
      }),
    );
  });

  it('a month more keeps the day, or takes the last one', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -500, max: 500 }), (date, months) => {
        const moved = addMonths(date, months);
        const index = (text: string) => Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7));
        expect(index(moved) - index(date)).toBe(months);
        expect(moved.slice(8) <= date.slice(8)).toBe(true);
        if (moved.slice(8) !== date.slice(8)) expect(addDays(moved, 1).slice(8)).toBe('01');
      }),
    );
  });

  it('what a period is compared with lies before it, and a running one is cut at the same elapsed part', () => {
    const days = fc
      .tuple(day, fc.integer({ min: 1, max: 800 }))
      .map(([from, length]) => ({ from, to: addDays(from, length) }));
    const months = fc
      .tuple(day, fc.integer({ min: 1, max: 4 }))
      .map(([date, count]) => ({ from: startOf('month', date), to: addMonths(startOf('month', date), count) }));
    const comparison = fc.constantFrom('prior', 'same-weekday', 'yoy');
    fc.assert(
      fc.property(
        fc.oneof(days, months),
        fc.nat(),
        comparison,
        time,
        fc.boolean(),
        ({ from, to }, some, how, clock, isRunning) => {
          const length = daysBetween(from, to);
          const today = addDays(from, some % length);
          const other = compared({ from, to, until: isRunning ? `${today}T${clock}` : null }, how);
          if (other === null) throw new Error('it is compared');
          expect(other.from < from).toBe(true);
          if (how === 'prior') expect(other.to).toBe(from);
          if (how === 'same-weekday') {
            expect(daysBetween(other.from, from) % 7).toBe(0);
            expect(daysBetween(other.from, other.to)).toBe(length);
          }
          const elapsed = daysBetween(from, today);
          // What has no like in the other one, such as the 30th of a March in February, counts as all of it.
          const hasLike = isRunning && elapsed < daysBetween(other.from, other.to);
          expect(other.until).toBe(hasLike ? `${addDays(other.from, elapsed)}T${clock}` : null);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('from a day until now is the running day, week or month where it begins with one', () => {
    fc.assert(
      fc.property(grain, day, time, (each, today, clock) => {
        const wall = { day: today, time: clock };
        const start = startOf(each, today);
        const found = between(start, null, wall);
        const first = GRAINS.find((other) => startOf(other, today) === start) ?? each;
        expect(found).toEqual(running(first, wall));
        expect(between(addDays(today, 1), null, wall)).toBeNull();
      }),
    );
  });
});

describe('periods of exports', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await cloneDatabase();
  });
  afterAll(() => database.drop());

  it('months follow each other without a gap or an overlap, and begin with the calendar, in any zone', async () => {
    const pool = await poolOf(database.url);
    const zone = fc.constantFrom(
      'America/New_York',
      'UTC',
      'Asia/Kolkata',
      'America/Havana',
      'Australia/Lord_Howe',
      'Europe/Berlin',
      'Pacific/Apia',
    );
    const month = fc.integer({ min: 0, max: 40 * 12 }).map((n) => addMonths('2000-01-01', n).slice(0, 7));
    await inSession(pool, { mode: 'read', limits: LIMITS, signal: new AbortController().signal }, async (session) => {
      const read = (timezone: string, wanted: string) =>
        readPeriod(session, { from: null, to: null, month: wanted }, { timezone, fallback: 'all', wholeMonths: true });
      await fc.assert(
        fc.asyncProperty(zone, month, async (timezone, wanted) => {
          const following = addMonths(`${wanted}-01`, 1);
          const [period, after] = [await read(timezone, wanted), await read(timezone, following.slice(0, 7))];
          expect(period.to).toBe(after.from);
          expect([period.label, period.firstDay, period.lastDay]).toEqual([
            wanted,
            `${wanted}-01`,
            addDays(following, -1),
          ]);
          const shown = new Intl.DateTimeFormat('sv-SE', {
            timeZone: timezone,
            dateStyle: 'short',
            timeStyle: 'medium',
          });
          const clock = (instant: string, shift = 0) => shown.format(Date.parse(instant) + shift);
          // The first instant of the month, by another calendar than the server's: a millisecond before it is not yet in it.
          expect(clock(period.from ?? '')).toBe(`${wanted}-01 00:00:00`);
          expect(clock(period.from ?? '', -1) < `${wanted}-01`).toBe(true);
        }),
        { numRuns: 60 },
      );
    });
  });
});
