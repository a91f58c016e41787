import { HOUR } from './calendar.js';
import type { PlacedOrder } from './placed-orders.js';

/** A message about an order; `delay` is ms after the order. */
export interface Message {
  direction: 'INBOUND' | 'OUTBOUND';
  delay: number;
  text: string;
}

const MINUTE = HOUR / 60;

/** What went to and fro about an order: two or three messages, two more where the customer asked for the menu first. */
export function conversation(order: PlacedOrder): Message[] {
  const { index, menu, lines, total, status, isSold } = order;
  const messages: Message[] = [];
  if (asksForMenu(index)) {
    messages.push({ direction: 'INBOUND', delay: -4 * MINUTE, text: index % 2 === 0 ? 'MENU' : 'menu' });
    const dishes = menu.items.map(({ dish, price }, n) => `${n + 1}. ${dish.name} $${(price / 100).toFixed(2)}`);
    messages.push({
      direction: 'OUTBOUND',
      delay: -4 * MINUTE + 3000,
      text: `Today: ${dishes.join(' ')}. Reply with numbers.`,
    });
  }
  const numbers = lines.map(
    ({ item, quantity }) => `${quantity > 1 ? `${quantity}x` : ''}${menu.items.indexOf(item) + 1}`,
  );
  messages.push({ direction: 'INBOUND', delay: 0, text: numbers.join(', ') });
  messages.push({
    direction: 'OUTBOUND',
    delay: 4000,
    text: `Your order: $${(total / 100).toFixed(2)}. Reply CONFIRM to get the payment link.`,
  });
  if (isSold)
    messages.push({
      direction: 'OUTBOUND',
      delay: 6 * MINUTE,
      text: `Payment received, thank you! Your order is on its way.`,
    });
  else if (status === 'CANCELLED') messages.push({ direction: 'INBOUND', delay: 5 * MINUTE, text: 'CANCEL' });
  return messages;
}

/** How many messages of its conversation were sent by `now`. */
export function messageCount(order: PlacedOrder, now: number): number {
  const age = now - order.at;
  const opening = asksForMenu(order.index) ? 2 : 0;
  const closing = (order.isSold && age >= 6 * MINUTE) || (order.status === 'CANCELLED' && age >= 5 * MINUTE) ? 1 : 0;
  return opening + 1 + (age >= 4000 ? 1 : 0) + closing;
}

function asksForMenu(index: number): boolean {
  return index % 25 === 7;
}
