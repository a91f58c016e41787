/**
 * Periods of the business calendar. Everything here is arithmetic on written days and wall-clock times: which instants
 * they are is for the database to say, which knows the zone's clock changes.
 */

/** `2026-03-10`. */
export type Day = string;

export type Grain = 'day' | 'week' | 'month';
export const GRAINS: readonly Grain[] = ['day', 'week', 'month'];

export const COMPARISONS = ['prior', 'same-weekday', 'yoy', 'none'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** Whole calendar days, half-open, in the business time zone. */
export interface Period {
  from: Day;
  /** The first day that does not belong to it. */
  to: Day;
  /** `2026-03-10T11:00:00.000`, the wall-clock time up to which it counts; null where it is complete. */
  until: string | null;
}

/** What the clock on the wall shows. */
export interface WallClock {
  day: Day;
  /** `11:00:00.000` */
  time: string;
}

export function addDays(day: Day, days: number): Day {
  return isoDay(utc(day) + days * 86_400_000);
}

/** The same day of another month, or the last one where that month is shorter. */
export function addMonths(day: Day, months: number): Day {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return isoDay(Date.UTC(year, month - 1 + months, Math.min(date, last)));
}

export function daysBetween(from: Day, to: Day): number {
  return Math.round((utc(to) - utc(from)) / 86_400_000);
}

/** The first day of the day, ISO week (Monday) or month that a day lies in. */
export function startOf(grain: Grain, day: Day): Day {
  if (grain === 'day') return day;
  if (grain === 'month') return `${day.slice(0, 8)}01`;
  return addDays(day, -((new Date(utc(day)).getUTCDay() + 6) % 7));
}

export function next(grain: Grain, start: Day, count = 1): Day {
  return grain === 'month' ? addMonths(start, count) : addDays(start, (grain === 'week' ? 7 : 1) * count);
}

/** The last one that is over. */
export function lastComplete(grain: Grain, { day }: WallClock): Period {
  const to = startOf(grain, day);
  return { from: next(grain, to, -1), to, until: null };
}

/** The last so many days that are over. */
export function lastDays(count: number, { day }: WallClock): Period {
  return { from: addDays(day, -count), to: day, until: null };
}

/** The one that is running: all of it, counted up to now. */
export function running(grain: Grain, clock: WallClock): Period {
  const from = startOf(grain, clock.day);
  return { from, to: next(grain, from), until: `${clock.day}T${clock.time}` };
}

/**
 * From a day to another, or to now. Where no end is given and it begins with the running day, week or month, it is that
 * one. An end that is still to come makes it a running one. Null where it has not begun.
 */
export function between(from: Day, to: Day | null, clock: WallClock): Period | null {
  if (from > clock.day) return null;
  if (to !== null && to <= clock.day) return { from, to, until: null };
  const grain = to === null ? GRAINS.find((each) => startOf(each, clock.day) === from) : undefined;
  if (grain !== undefined) return running(grain, clock);
  return { from, to: to ?? addDays(clock.day, 1), until: `${clock.day}T${clock.time}` };
}

/** A day is compared with the same weekday a week before, anything longer with the one before it. */
export function usualComparison({ from, to }: Period): Comparison {
  return daysBetween(from, to) === 1 ? 'same-weekday' : 'prior';
}

/** What a period is compared with: its like, cut at the same elapsed part where it is running. */
export function compared(period: Period, comparison: Comparison): Period | null {
  if (comparison === 'none') return null;
  const { from, to } = shifted(period, comparison);
  if (period.until === null) return { from, to, until: null };
  const [day = '', time = ''] = period.until.split('T');
  const until = `${addDays(from, daysBetween(period.from, day))}T${time}`;
  // The 30th of March has no like in February, which then counts as a whole.
  return { from, to, until: until < `${to}T` ? until : null };
}

function shifted({ from, to }: Period, comparison: Exclude<Comparison, 'none'>): { from: Day; to: Day } {
  const days = daysBetween(from, to);
  const months = wholeMonths(from, to);
  if (comparison === 'same-weekday') {
    const back = -7 * Math.ceil(days / 7);
    return { from: addDays(from, back), to: addDays(to, back) };
  }
  if (comparison === 'yoy') {
    // 52 weeks keep the weekdays; months and years are compared by the calendar.
    if (months === null) return { from: addDays(from, -364), to: addDays(to, -364) };
    return { from: addMonths(from, -12), to: addMonths(to, -12) };
  }
  if (months === null) return { from: addDays(from, -days), to: from };
  return { from: addMonths(from, -months), to: from };
}

/** How many calendar months it consists of; null where it is made of other days. */
function wholeMonths(from: Day, to: Day): number | null {
  if (!from.endsWith('-01') || !to.endsWith('-01')) return null;
  const [a, b] = [from, to].map((day) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)));
  return (b ?? 0) - (a ?? 0);
}

/** In words: `10 Mar 2026`, `1 to 31 Mar 2026`; running ones up to when. */
export function describePeriod({ from, to, until }: Period): string {
  const last = addDays(to, -1);
  const end = until?.slice(0, 10) ?? last;
  const days = from === end ? from : `${from} to ${end}`;
  return until === null ? days : `${days}, up to ${until.slice(11, 16)}`;
}

function utc(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`);
}

function isoDay(time: number): Day {
  return new Date(time).toISOString().slice(0, 10);
}
