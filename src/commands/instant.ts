import * as z from 'zod';

const FORM = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** A moment in time, with its zone: `2026-03-10T15:00:00Z`. Becomes ISO 8601 in UTC with milliseconds. */
export const instant = z.string().transform((text, context) => {
  const written = FORM.exec(text)?.[1];
  const date = new Date(text);
  if (written !== undefined && isDay(written) && !Number.isNaN(date.getTime())) return date.toISOString();
  const message = `"${text}" is no time with a zone; write for example 2026-03-10T15:00:00Z`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** Whether a text is a day of the calendar: Date takes the 30th of February for the 2nd of March. */
export function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** `2026-03-10`. */
export const day = z.string().refine(isDay, { error: 'must be a day, such as 2026-03-10' });
