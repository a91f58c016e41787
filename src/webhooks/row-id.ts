import { randomInt } from 'node:crypto';

/** Made up anew for each id; together with the time enough that two processes never make the same. */
const RANDOM_DIGITS = 16;

/** An id as the platform's rows have them, in the shape of a cuid: c, 8 characters of time, 16 more. */
export function newRowId(): string {
  const random = Array.from({ length: RANDOM_DIGITS }, () => randomInt(36).toString(36)).join('');
  return `c${Date.now().toString(36).padStart(8, '0')}${random}`;
}
