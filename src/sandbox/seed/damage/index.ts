import type pg from 'pg';
import { timestamp } from '../calendar.js';
import type { SeedOptions } from '../options.js';
import { businesses } from './businesses.js';
import { customers } from './customers.js';
import type { Change, Damage } from './damage.js';
import { menus } from './menus.js';
import { messages } from './messages.js';
import { orderAmounts } from './order-amounts.js';
import { orders } from './orders.js';
import { phones } from './phones.js';
import { promoCodes } from './promo-codes.js';
import { references } from './references.js';
import { schema } from './schema.js';

/** In the order of breaking: what takes many rows away comes before what spoils a few, and orders before the totals made of them. */
const DAMAGE: readonly Damage[] = [
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

/** What the options ask for, in order. */
export function chosenDamage({ damage }: Pick<SeedOptions, 'damage'>): readonly Damage[] {
  if (damage === 'none') return [];
  return damage === 'every' ? DAMAGE : DAMAGE.filter((entry) => entry.in === 'realistic');
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
