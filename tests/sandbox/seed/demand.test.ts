import { describe, expect, it } from 'vitest';
import { DAY, HOUR, lastDays, timestamp } from '../../../src/sandbox/seed/calendar.js';
import { allocate, dayWeights, shareOfDay, timeOfDay } from '../../../src/sandbox/seed/demand.js';
import { stream } from '../../../src/sandbox/seed/random.js';

const now = Date.UTC(2026, 2, 18, 18, 20);
const zone = 'America/New_York';

describe('allocate', () => {
  it.each([
    [0, 5],
    [1, 90],
    [2000, 90],
    [99_999, 365],
    [1_000_000, 730],
  ])('splits %i over %i days to the unit, each within one of its due', (total, count) => {
    const weights = dayWeights(lastDays(now, zone, count), now, stream(3, 'orders'));
    const parts = allocate(total, weights);
    expect(parts.reduce((a, b) => a + b, 0)).toBe(total);
    const sum = weights.reduce((a, b) => a + b, 0);
    for (const [i, part] of parts.entries()) {
      expect(Math.abs(part - (total * (weights[i] ?? 0)) / sum)).toBeLessThan(1);
    }
  });

  it('gives all to the last day when nothing weighs anything', () => {
    expect(allocate(7, [0, 0, 0])).toEqual([0, 0, 7]);
  });
});

describe('dayWeights', () => {
  it('has Fridays above Sundays, and only the elapsed part of today', () => {
    const days = lastDays(now, zone, 15);
    const weights = dayWeights(days, now, () => 0);
    const ofWeekday = (weekday: number) => weights.find((_, i) => days[i]?.weekday === weekday) ?? 0;
    expect(ofWeekday(4)).toBeGreaterThan(ofWeekday(6) * 1.4);
    expect(weights.at(-1)).toBeLessThan((weights.at(-8) ?? 0) * 0.7);
  });
});

describe('the hours of a day', () => {
  it('go from midnight to 23:00 and back', () => {
    expect(shareOfDay(0)).toBe(0);
    expect(shareOfDay(24)).toBe(1);
    expect(timeOfDay(0)).toBe(0);
    expect(timeOfDay(0.999999)).toBeLessThan(23 * HOUR);
    for (const share of [0.01, 0.2, 0.5, 0.77, 0.99]) expect(shareOfDay(timeOfDay(share) / HOUR)).toBeCloseTo(share, 5);
  });
});

describe('lastDays', () => {
  it('are calendar days of the zone: 23 hours when the clocks go forward, 25 when they go back', () => {
    const spring = lastDays(Date.UTC(2026, 2, 10, 12), zone, 4);
    expect(spring.map((day) => day.date)).toEqual(['2026-03-07', '2026-03-08', '2026-03-09', '2026-03-10']);
    expect(spring.map((day) => day.weekday)).toEqual([5, 6, 0, 1]);
    expect(hoursBetween(spring)).toEqual([24, 23, 24]);
    expect(hoursBetween(lastDays(Date.UTC(2026, 10, 3, 12), zone, 4))).toEqual([24, 25, 24]);
  });

  it('end with the day of now as the zone has it', () => {
    expect(lastDays(Date.UTC(2026, 0, 1, 3), zone, 1)[0]?.date).toBe('2025-12-31');
    expect(lastDays(Date.UTC(2026, 0, 1, 23), 'Asia/Tokyo', 1)[0]?.date).toBe('2026-01-02');
  });
});

describe('timestamp', () => {
  it('writes what toISOString would, the way PostgreSQL prints it', () => {
    for (let time = now - 3 * DAY; time < now; time += 12_345_678) {
      expect(timestamp(time)).toBe(new Date(time).toISOString().replace('T', ' ').replace('Z', ''));
    }
  });
});

function hoursBetween(days: { start: number }[]): number[] {
  return days.slice(1).map((day, i) => (day.start - (days[i]?.start ?? 0)) / HOUR);
}
