import { describe, expect, it } from 'vitest';
import { basketTotal } from '../../../src/sandbox/seed/basket.js';
import { conversation, messageCount } from '../../../src/sandbox/seed/messages.js';
import { placeOrders } from '../../../src/sandbox/seed/placed-orders.js';
import { makeWorld } from '../../../src/sandbox/seed/world.js';

const now = new Date('2026-03-18T18:20:00Z');
const options = {
  customers: 200,
  orders: 2000,
  days: 90,
  damage: 'none',
  seed: 1,
  now,
  timezone: 'America/New_York',
} as const;

describe.each(['production', 'newer'] as const)('orders of the %s generation', (generation) => {
  const world = makeWorld(options, generation);
  const orders = [...placeOrders(world)];

  it('are as many as asked for, in order of time, and none is in the future', () => {
    expect(orders).toHaveLength(2000);
    for (const [i, order] of orders.entries()) {
      expect(order.at).toBeGreaterThanOrEqual(orders[i - 1]?.at ?? 0);
      expect(order.updatedAt).toBeGreaterThanOrEqual(order.at);
      expect(order.updatedAt).toBeLessThanOrEqual(now.getTime());
    }
  });

  it('are the same when gone through again, which is how messages find them', () => {
    expect([...placeOrders(world)]).toEqual(orders);
    expect([...placeOrders(makeWorld(options, generation))]).toEqual(orders);
    expect([...placeOrders(makeWorld({ ...options, seed: 2 }, generation))]).not.toEqual(orders);
  });

  it('come after their customer signed up, and never twice within half an hour', () => {
    const last = new Map<number, number>();
    for (const { customer, at } of orders) {
      expect(at).toBeGreaterThan(world.customers.signedUp[customer] ?? 0);
      expect(at - (last.get(customer) ?? 0)).toBeGreaterThanOrEqual(30 * 60_000);
      last.set(customer, at);
    }
  });

  it('have dishes of a menu that exists, at its price', () => {
    const items = new Map(
      [...world.menus.all()].flatMap((menu) => menu.items.map(({ id, price }) => [id, price] as const)),
    );
    const menus = new Set([...world.menus.all()].map(({ id }) => id));
    expect(menus.size).toBe(world.menus.count);
    for (const { menu, lines, total } of orders) {
      expect(menus).toContain(menu.id);
      expect(new Set(lines.map(({ item }) => item.id)).size).toBe(lines.length);
      for (const { item } of lines) expect(items.get(item.id)).toBe(item.price);
      expect(total).toBe(basketTotal(lines));
    }
  });

  it('are talked about in as many messages as were counted', () => {
    for (const order of orders) {
      const sent = conversation(order).filter(({ delay }) => order.at + delay <= now.getTime());
      expect(messageCount(order, now.getTime())).toBe(sent.length);
    }
  });
});
