import type pg from 'pg';
import { timestamp } from '../calendar.js';
import type { SeedOptions } from '../options.js';
import { businesses } from './businesses.js';
import { customers } from './customers.js';
import type { Change, Damage } from './damage.js';
import { menus } from './menus.js';
import { messages, stopped } from './messages.js';
import { orderAmounts } from './order-amounts.js';
import { orders } from './orders.js';
import { phones } from './phones.js';
import { promoCodes } from './promo-codes.js';
import { references } from './references.js';
import { schema } from './schema.js';

/** In the order of breaking: what takes many rows away comes before what spoils a few, and orders before the totals made of them. */
export const DAMAGE: readonly Damage[] = [
  ...menus,
  ...orders,
  ...orderAmounts,
  ...customers,
  ...businesses,
  ...phones,
  ...promoCodes,
  ...messages,
  ...references,
  ...schema,
];

/**
 * No marketplace violates both: sms.failure-rate wants 20 messages of the last 24 hours, sms.freshness none. `every` has the
 * first; with `stoppedMessages` it has the second.
 */
export const CANNOT_COINCIDE = ['sms.failure-rate', 'sms.freshness'] as const;

/** What the options ask for, in order. */
export function chosenDamage({
  damage,
  stoppedMessages = false,
}: Pick<SeedOptions, 'damage' | 'stoppedMessages'>): Damage[] {
  if (damage === 'none') return [];
  if (damage === 'realistic') return DAMAGE.filter((entry) => entry.in === 'realistic');
  const [failing] = CANNOT_COINCIDE;
  return stoppedMessages ? [...DAMAGE.filter(({ id }) => id !== failing), stopped] : [...DAMAGE];
}

export async function applyDamage(
  client: pg.ClientBase,
  options: SeedOptions,
  signal?: AbortSignal,
): Promise<{ id: string; rows: number }[]> {
  const time = options.now.getTime();
  const moment = { now: timestamp(time), time, timezone: options.timezone };
  const change: Change = async (sql, values = []) => {
    signal?.throwIfAborted();
    const { rowCount } = await client.query(sql, [...values]);
    return rowCount ?? 0;
  };
  const done: { id: string; rows: number }[] = [];
  for (const { id, apply } of chosenDamage(options)) done.push({ id, rows: await apply(change, moment) });
  return done;
}
