import { z } from 'zod';
import type { Outcome } from '../event.js';

/** What the platform gave the object on its way; an empty text is none. */
export const metadata = z
  .record(z.string(), z.string())
  .nullish()
  .transform((given) => Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== '')));
/** In the smallest unit of the currency. */
export const cents = z.int().min(0).nullish();
export const currency = z.string().max(10).nullish();

/** A code of Stripe's; anything else is not repeated. */
export const code = z
  .string()
  .regex(/^[a-z0-9_]{1,60}$/)
  .nullish()
  .catch(null);

export const NO_ORDER: Outcome = { kind: 'ignored', outcome: 'It names no order.' };

export function money(amount: number, unit: string | null | undefined): string {
  return `${(amount / 100).toFixed(2)} ${(unit ?? 'usd').toUpperCase()}`;
}
