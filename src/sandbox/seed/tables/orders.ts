import { basketJson } from '../basket.js';
import { timestamp } from '../calendar.js';
import { messageCount } from '../messages.js';
import { type PlacedOrder, placeOrders } from '../placed-orders.js';
import { choose, type Stream, stream } from '../random.js';
import { providerIds, rowIds } from '../row-ids.js';
import type { World } from '../world.js';
import type { Cell, SeededTable } from './table.js';

const DELIVERY_TIMES = [
  'ASAP',
  '11:30 AM',
  '12:00 PM',
  '12:30 PM',
  '1:00 PM',
  '6:00 PM',
  '6:30 PM',
  '7:00 PM',
] as const;
const NOTES = [
  'No onions please',
  'Ring the bell twice',
  'Leave at the front desk',
  'Extra napkins',
  'Nut allergy',
] as const;

export const orders: SeededTable = {
  name: 'orders',
  columns: () => [
    ...[
      'id',
      'customerId',
      'businessId',
      'menuId',
      'items',
      'totalAmount',
      'platformFee',
      'status',
      'paymentId',
      'paymentUrl',
    ],
    ...['deliveryTime', 'notes', 'createdAt', 'updatedAt'],
  ],
  expected: (world) => world.orders,
  *rows(world) {
    const draw = stream(world.seed, 'orders.columns');
    const idOf = rowIds(world.seed, 'orders');
    const paymentId = providerIds(world.seed, 'pi_');
    for (const order of placeOrders(world)) {
      count(world, order);
      yield row(world, order, idOf(order.at, order.index), order.isSold ? paymentId(order.index) : null, draw);
    }
  },
};

function row(world: World, order: PlacedOrder, id: string, paymentId: string | null, draw: Stream): Cell[] {
  const { index, total, status, lines } = order;
  const json = basketJson(lines, draw(index) < 0.7 ? 'array' : 'object', draw(index, 1) < 0.3);
  const hasLink = status !== 'PENDING' && !(status === 'CANCELLED' && draw(index, 2) < 0.5);
  return [
    id,
    world.customers.id(order.customer),
    order.business.id,
    order.menu.id,
    json,
    total,
    Math.floor((total * 2 + 50) / 100),
    status,
    paymentId,
    hasLink ? `https://pay.example.com/c/${id}` : null,
    draw(index, 3) < 0.86 ? choose(DELIVERY_TIMES, draw(index, 4)) : null,
    draw(index, 5) < 0.08 ? choose(NOTES, draw(index, 6)) : null,
    timestamp(order.at),
    timestamp(order.updatedAt),
  ];
}

function count({ tally, now }: World, order: PlacedOrder): void {
  tally.messages += messageCount(order, now);
  if (!order.isSold) return;
  const { customer, total, at } = order;
  tally.orders[customer] = (tally.orders[customer] ?? 0) + 1;
  tally.spent[customer] = (tally.spent[customer] ?? 0) + total;
  tally.last[customer] = at;
}
