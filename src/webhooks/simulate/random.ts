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
