import { randomBytes, randomInt } from 'node:crypto';

/** An id as Stripe makes them: `pi_3Qx…`. */
export function stripeId(prefix: string): string {
  return `${prefix}_${randomBytes(24).toString('base64').replace(/[+/]/g, 'x').slice(0, 24)}`;
}

/** An id as Twilio makes them: `SM` and 32 hexadecimal digits. */
export function twilioId(prefix: string): string {
  return `${prefix}${randomBytes(16).toString('hex')}`;
}

/** True in `percent` of all cases. */
export function happens(percent: number): boolean {
  return randomInt(10_000) < percent * 100;
}

/** Any of the list. */
export function pick<T>(list: readonly [T, ...T[]]): T {
  return list[randomInt(list.length)] ?? list[0];
}

/** Fisher and Yates: every order is as likely as any other. */
export function shuffle<T>(list: readonly T[]): T[] {
  const result = [...list];
  for (let index = result.length - 1; index > 0; index--) {
    const other = randomInt(index + 1);
    const [a, b] = [result[index], result[other]];
    if (a !== undefined && b !== undefined) [result[index], result[other]] = [b, a];
  }
  return result;
}
