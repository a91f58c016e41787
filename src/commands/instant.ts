import { z } from 'zod';

const FORM = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** A moment in time, with its zone: `2026-03-10T15:00:00Z`. Becomes ISO 8601 in UTC with milliseconds. */
export const instant = z.string().transform((text, context) => {
  const day = FORM.exec(text)?.[1];
  const date = new Date(text);
  if (day !== undefined && isDay(day) && !Number.isNaN(date.getTime())) return date.toISOString();
  const message = `"${text}" is no time with a zone; write for example 2026-03-10T15:00:00Z`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** Date takes the 30th of February for the 2nd of March. */
export function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
