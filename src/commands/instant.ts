import { z } from 'zod';

/** A moment in time, with its zone: `2026-03-10T15:00:00Z`. Becomes ISO 8601 in UTC with milliseconds. */
export const instant = z.string().transform((text, context) => {
  const hasZone = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))$/.test(text);
  const date = new Date(text);
  if (hasZone && !Number.isNaN(date.getTime())) return date.toISOString();
  context.addIssue({ code: 'custom', message: `"${text}" is no time with a zone; write for example 2026-03-10T15:00:00Z` });
  return z.NEVER;
});
