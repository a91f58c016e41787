import { DAY, HOUR, type LocalDay } from './calendar.js';
import type { Stream } from './random.js';

/** Monday to Sunday. */
const WEEKDAY = [0.84, 0.88, 0.95, 1.04, 1.28, 1.2, 0.81] as const;
const GROWTH_A_YEAR = 0.22;

/** Orders by hour of the day: lunch, dinner, nearly nothing at night. Nothing after 23:00, so that a day of 23 hours holds it. */
const BY_HOUR = [
  0.05, 0.03, 0.02, 0.02, 0.02, 0.03, 0.1, 0.4, 0.8, 1.1, 2.6, 7.5, 10.5, 7.0, 3.2, 2.2, 3.4, 8.0, 11.5, 9.5, 5.5, 2.4,
  0.8, 0,
] as const;
const UP_TO_HOUR = runningSums(BY_HOUR);
const WHOLE_DAY = UP_TO_HOUR.at(-1) ?? 1;

function runningSums(parts: readonly number[]): number[] {
  let sum = 0;
  return [0, ...parts.map((part) => (sum += part))];
}

/** How much is ordered on each day, in relation to the others. The last day has only come as far as `now`. */
export function dayWeights(days: readonly LocalDay[], now: number, noise: Stream): number[] {
  const last = days.length - 1;
  return days.map((day, i) => {
    const elapsed = i === last ? shareOfDay((now - day.start) / HOUR) : 1;
    return (
      (WEEKDAY[day.weekday] ?? 1) *
      Math.exp((GROWTH_A_YEAR * (i - last)) / 365) *
      (1 + wobble(last - i, noise)) *
      elapsed
    );
  });
}

/**
 * Two to five percent up or down, one week up and the next one down, and none on the last seven full days. Independent
 * noise would look like an anomaly on some seed: the median absolute deviation of eight days is a poor estimate.
 */
function wobble(daysAgo: number, noise: Stream): number {
  const week = Math.floor((daysAgo - 1) / 7);
  if (week < 1) return 0;
  return (week % 2 === 0 ? 1 : -1) * (0.02 + 0.03 * noise(daysAgo));
}

/** Splits `total` in whole parts in proportion to the weights (largest remainders): they sum to `total`, each within 1 of its due. */
export function allocate(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  if (sum === 0) return weights.map((_, i) => (i === weights.length - 1 ? total : 0));
  const due = weights.map((weight) => (total * weight) / sum);
  const parts = due.map(Math.floor);
  const missing = total - parts.reduce((a, b) => a + b, 0);
  const byRemainder = due
    .map((share, i) => ({ i, remainder: share % 1 }))
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  for (const { i } of byRemainder.slice(0, missing)) parts[i] = (parts[i] ?? 0) + 1;
  return parts;
}

/** The share of a day's orders that is in after so many hours. */
export function shareOfDay(hours: number): number {
  const whole = Math.min(Math.floor(Math.max(hours, 0)), 24);
  const begun = (BY_HOUR[whole] ?? 0) * (hours - whole);
  return Math.min(((UP_TO_HOUR[whole] ?? 0) + begun) / WHOLE_DAY, 1);
}

/** The reverse: the ms since midnight at which that share (0 to 1) of the day's orders is in. */
export function timeOfDay(share: number): number {
  const sum = share * WHOLE_DAY;
  let hour = 0;
  while (hour < 22 && sum >= (UP_TO_HOUR[hour + 1] ?? 0)) hour++;
  const within = (sum - (UP_TO_HOUR[hour] ?? 0)) / (BY_HOUR[hour] ?? 1);
  return Math.min(Math.floor((hour + within) * HOUR), DAY);
}
