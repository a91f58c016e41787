import { createRow } from '../../db/ledger.js';
import type { OrderItem } from '../../json-shapes.js';
import type { Outcome } from '../event.js';
import { newRowId } from '../row-id.js';
import type { EventWork } from './handler.js';
import { type Basket, basketReply } from './menu.js';

/** A PENDING order, in the shape that the platform's own have. */
export async function placeOrder(
  { session, author }: Pick<EventWork, 'session' | 'author'>,
  { customerId, businessId }: { customerId: string; businessId: string | null },
  basket: Basket,
): Promise<Outcome> {
  const [first] = basket.lines;
  if (first === undefined) throw new Error('an order of nothing');
  const id = newRowId();
  const items: OrderItem[] = basket.lines.map(({ item: { id: menuItemId, name, price }, quantity }) => ({
    menuItemId,
    name,
    price,
    quantity,
  }));
  const wasMade = await createRow(session, {
    ...author,
    table: 'orders',
    id,
    values: {
      customerId,
      businessId,
      menuId: first.item.menuId,
      items: JSON.stringify(items),
      totalAmount: basket.total,
      platformFee: Math.floor((basket.total * 2 + 50) / 100),
      status: 'PENDING',
    },
    reason: 'ordered by SMS',
  });
  if (!wasMade) throw new Error('the database has an order of this id already');
  const whose = businessId === null ? ' No business is known for it.' : '';
  return { kind: 'processed', outcome: `Order ${id} was made, PENDING.${whose}`, reply: basketReply(basket) };
}
