import { z } from 'zod';
import { parseDuration } from '../config-schema.js';

/** `30s`, `5m`: becomes milliseconds. */
export const duration = z.string().transform((text, context) => {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
  context.addIssue({ code: 'custom', message: `"${text}" is no duration; write for example 30s or 5m` });
  return z.NEVER;
});
