import pg from 'pg';

/**
 * How PostgreSQL's texts become JavaScript values. Times without zone hold UTC on this platform; node-postgres would
 * read them in the process's own zone, so they stay text, as ISO 8601 with Z. Integers stay exact.
 */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  20: exactInteger, // int8
  1082: (text) => text, // date
  1114: isoUtc, // timestamp
  1184: isoUtc, // timestamptz; sessions run in UTC
  1700: (text) => text, // numeric
};

function exactInteger(text: string): number | string {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}

/** `2026-03-10 14:00:00.5` or `2026-03-10 14:00:00.5+00` to `2026-03-10T14:00:00.500Z`; infinity stays as it is. */
export function isoUtc(text: string): string {
  const match = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:\+00)?$/.exec(text);
  if (match === null) return text;
  const [, day, time, fraction = ''] = match;
  return `${day}T${time}.${fraction.padEnd(3, '0')}Z`;
}

export const TYPES: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    return PARSERS[oid] ?? pg.types.getTypeParser(oid, format);
  },
};
