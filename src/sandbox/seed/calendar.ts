import { fixedWidth } from './digits.js';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** A calendar day of the business time zone. */
export interface LocalDay {
  /** YYYY-MM-DD */
  date: string;
  /** Its midnight, ms since the epoch. */
  start: number;
  /** 0 is Monday. */
  weekday: number;
}

/** The last `count` days in the time zone, oldest first: the last one is the day of `now`. */
export function lastDays(now: number, timezone: string, count: number): LocalDay[] {
  return Array.from({ length: count }, (_, i) => localDay(now, timezone, i - count + 1));
}

/** The day `offset` days from the day of `now`: 0 is today, 1 tomorrow. */
export function localDay(now: number, timezone: string, offset: number): LocalDay {
  const clock = wallClock(timezone);
  const midnightAsUtc = Math.floor(clock(now) / DAY) * DAY + offset * DAY;
  // Twice, because the zone's offset at midnight is known only once midnight is (clock changes).
  const guess = midnightAsUtc - (clock(midnightAsUtc) - midnightAsUtc);
  const start = guess - (clock(guess) - midnightAsUtc);
  return {
    date: new Date(midnightAsUtc).toISOString().slice(0, 10),
    start,
    weekday: (new Date(midnightAsUtc).getUTCDay() + 6) % 7,
  };
}

/** A function from an instant to what a clock on the zone's wall shows then, written as if it were UTC. */
function wallClock(timezone: string): (time: number) => number {
  const format = clockFormat(timezone);
  return (time) => {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(time)) part[type] = Number(value);
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a DateTimeFormat takes 30 us and more; two years of days need two thousand readings. */
function clockFormat(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timeZone, format);
  return format;
}

let writtenDay = Number.NaN;
let writtenDate = '';
const two = fixedWidth(10, 2, 2);
const three = fixedWidth(10, 3, 3);

/** What COPY takes for a timestamp(3) in UTC: 2026-03-18 18:20:00.000. Rows come by time, so the date is nearly always the last one's. */
export function timestamp(time: number): string {
  const day = Math.floor(time / DAY);
  if (day !== writtenDay) {
    writtenDay = day;
    writtenDate = new Date(day * DAY).toISOString().slice(0, 10);
  }
  const ms = time - day * DAY;
  const minutes = two(Math.floor(ms / 60_000) % 60);
  return `${writtenDate} ${two(Math.floor(ms / HOUR))}:${minutes}:${two(Math.floor(ms / 1000) % 60)}.${three(ms % 1000)}`;
}
