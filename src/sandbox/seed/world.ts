import type { Generation } from '../../db/catalog.js';
import { type Business, makeBusinesses } from './businesses.js';
import { type LocalDay, lastDays } from './calendar.js';
import { type CustomerBase, emptyTally, makeCustomerBase, type Tally } from './customer-base.js';
import { type MenuPlan, planMenus } from './menu-plan.js';
import type { SeedOptions } from './options.js';

/** Everything that is the same for all tables. Rows are computed from it; only the tally is written to. */
export interface World {
  generation: Generation;
  seed: number;
  now: number;
  orders: number;
  /** The history by calendar day, oldest first; the last is today. */
  days: LocalDay[];
  businesses: Business[];
  customers: CustomerBase;
  menus: MenuPlan;
  tally: Tally;
}

export function makeWorld(options: SeedOptions, generation: Generation): World {
  const { seed, orders, timezone } = options;
  const now = options.now.getTime();
  const days = lastDays(now, timezone, options.days);
  const start = days[0]?.start ?? now;
  const businesses = makeBusinesses(seed, options.customers, start, now);
  const customers = makeCustomerBase(seed, options.customers, start, now, businesses);
  const menus = planMenus(seed, now, timezone, days, generation, businesses);
  return { generation, seed, now, orders, days, businesses, customers, menus, tally: emptyTally(options.customers) };
}
