import { describe, expect, it } from 'vitest';
import {
  addDays,
  addMonths,
  between,
  compared,
  daysBetween,
  GRAINS,
  lastComplete,
  next,
  type Period,
  running,
  startOf,
  usualComparison,
} from '../../src/kpi/period.js';

const TIME = '11:00:00.000';
/** Every day of four years, a leap year among them, and both clock changes of each. */
const DAYS = Array.from({ length: 4 * 366 }, (_, index) => addDays('2024-01-01', index));
const weekday = (day: string) => new Date(`${day}T12:00:00Z`).getUTCDay();
const length = ({ from, to }: Period) => daysBetween(from, to);

describe.each(['America/New_York', 'UTC', 'Asia/Kolkata'])('with the process in %s', (zone) => {
  it('days, weeks and months are those of the calendar', () => {
    const before = process.env.TZ;
    process.env.TZ = zone;
    try {
      for (const day of DAYS) {
        expect(daysBetween(day, addDays(day, 1))).toBe(1);
        expect(weekday(startOf('week', day))).toBe(1);
        expect(daysBetween(startOf('week', day), day)).toBe((weekday(day) + 6) % 7);
        expect(startOf('month', day)).toBe(`${day.slice(0, 7)}-01`);
        for (const grain of GRAINS) {
          const clock = { day, time: TIME };
          const [whole, part] = [lastComplete(grain, clock), running(grain, clock)];
          // They follow each other without a gap, and the running one holds the day.
          expect(whole.to).toBe(part.from);
          expect(part.from <= day && day < part.to).toBe(true);
          expect({ from: whole.from, to: next(grain, whole.from) }).toEqual({ from: whole.from, to: whole.to });
          expect(whole.until).toBeNull();
          expect(part.until).toBe(`${day}T${TIME}`);
        }
      }
    } finally {
      process.env.TZ = before;
    }
  });

  it('like is compared with like', () => {
    const before = process.env.TZ;
    process.env.TZ = zone;
    try {
      for (const day of DAYS) {
        const clock = { day, time: TIME };
        const week = compared(lastComplete('week', clock), 'prior');
        expect([week?.to, week && length(week)]).toEqual([lastComplete('week', clock).from, 7]);
        const today = running('day', clock);
        expect(usualComparison(today)).toBe('same-weekday');
        expect(compared(today, 'same-weekday')).toEqual({
          from: addDays(day, -7),
          to: addDays(day, -6),
          until: `${addDays(day, -7)}T${TIME}`,
        });
        const month = running('month', clock);
        const prior = compared(month, 'prior');
        expect(prior?.from).toBe(addMonths(month.from, -1));
        expect(prior?.to).toBe(month.from);
        // As much of it as has elapsed of this one, and never more than all of it.
        const elapsed = addDays(addMonths(month.from, -1), daysBetween(month.from, day));
        expect(prior?.until).toBe(elapsed < month.from ? `${elapsed}T${TIME}` : null);
        const year = compared(lastComplete('month', clock), 'yoy');
        expect(year?.from).toBe(
          `${Number(lastComplete('month', clock).from.slice(0, 4)) - 1}${lastComplete('month', clock).from.slice(4)}`,
        );
        const weekLastYear = compared(lastComplete('week', clock), 'yoy');
        expect([weekday(weekLastYear?.from ?? ''), weekLastYear && length(weekLastYear)]).toEqual([1, 7]);
      }
    } finally {
      process.env.TZ = before;
    }
  });
});

describe('a period that is asked for', () => {
  const clock = { day: '2026-03-10', time: TIME };
  it.each([
    ['2026-02-01', '2026-03-01', { from: '2026-02-01', to: '2026-03-01', until: null }],
    ['2026-03-01', null, { from: '2026-03-01', to: '2026-04-01', until: `2026-03-10T${TIME}` }],
    ['2026-03-09', null, { from: '2026-03-09', to: '2026-03-16', until: `2026-03-10T${TIME}` }],
    ['2026-03-10', null, { from: '2026-03-10', to: '2026-03-11', until: `2026-03-10T${TIME}` }],
    ['2026-02-27', null, { from: '2026-02-27', to: '2026-03-11', until: `2026-03-10T${TIME}` }],
    ['2026-03-05', '2026-03-20', { from: '2026-03-05', to: '2026-03-20', until: `2026-03-10T${TIME}` }],
    ['2026-03-05', '2026-03-10', { from: '2026-03-05', to: '2026-03-10', until: null }],
    ['2026-03-11', null, null],
  ])('from %s to %s', (from, to, wanted) => expect(between(from, to, clock)).toEqual(wanted));

  it.each([
    ['two months', { from: '2026-01-01', to: '2026-03-01', until: null }, 'prior', '2025-11-01', '2026-01-01'],
    ['ten days', { from: '2026-02-20', to: '2026-03-02', until: null }, 'prior', '2026-02-10', '2026-02-20'],
    ['ten days', { from: '2026-02-20', to: '2026-03-02', until: null }, 'same-weekday', '2026-02-06', '2026-02-16'],
    ['a leap February', { from: '2024-02-01', to: '2024-03-01', until: null }, 'yoy', '2023-02-01', '2023-03-01'],
    ['a day', { from: '2026-03-10', to: '2026-03-11', until: null }, 'yoy', '2025-03-11', '2025-03-12'],
  ] as const)('%s, compared %s', (_what, period, comparison, from, to) =>
    expect(compared(period, comparison)).toEqual({ from, to, until: null }),
  );

  it('compared with nothing', () => expect(compared(running('day', clock), 'none')).toBeNull());
});
