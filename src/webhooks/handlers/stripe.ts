import * as z from 'zod';
import type { Outcome } from '../event.js';

/** The id of an object at Stripe. */
export const objectId = z.string().min(1).max(255);

const ownText = z
  .string()
  .max(255)
  .optional()
  .transform((text) => (text === '' ? undefined : text));

/** What the platform gave the object on its way; whatever else stands there is not read. An empty text is none. */
export const metadata = z
  .object({ orderId: ownText, businessId: ownText, plan: ownText })
  .nullish()
  .transform(
    (given): { orderId?: string | undefined; businessId?: string | undefined; plan?: string | undefined } =>
      given ?? {},
  );

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

/** `12.50 USD`, `1250 JPY`. The platform has dollars only, and what it is sent is shown as what it is. */
export function money(amount: number, unit: string | null | undefined): string {
  const currency = (unit ?? 'usd').toUpperCase();
  const digits = /^[A-Z]{3}$/.test(currency) ? digitsOf(currency) : 2;
  return `${(amount / 10 ** digits).toFixed(digits)} ${currency}`;
}

/** How many digits the smallest unit is of. */
function digitsOf(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
