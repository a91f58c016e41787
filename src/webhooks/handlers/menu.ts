import type { Session } from '../../db/session.js';
import { gsmLine } from './gsm.js';

export interface MenuItem {
  menuId: string;
  id: string;
  name: string;
  /** Cents. */
  price: number;
  /** What customers write: it counts all items of the menu, so that it stays when one runs out. */
  number: number;
  isAvailable: boolean;
}

/** The menu of the calendar day of `at` in the business time zone; of one business where menus belong to one. */
export async function readMenu(
  session: Session,
  { at, timezone, businessId }: { at: string; timezone: string; businessId: string | null },
): Promise<MenuItem[]> {
  const { rows } = await session.query<MenuItem>(
    `SELECT m.id AS "menuId", i.id, i.name, i.price, row_number() OVER (ORDER BY i.id) AS number,
       i."isAvailable" AND i.price >= 0 AS "isAvailable"
     FROM menus m JOIN menu_items i ON i."menuId" = m.id
     WHERE m.date = ($1::timestamptz AT TIME ZONE $2)::date AND m."isActive" ${businessId === null ? '' : 'AND m."businessId" = $3'}
     ORDER BY i.id`,
    [at, timezone, ...(businessId === null ? [] : [businessId])],
  );
  return rows;
}

/** What providers carry in one reply. */
const LONGEST = 1_600;

/** The dishes that are to be had, as many as one reply takes. */
export function menuReply(items: readonly MenuItem[]): string {
  const available = items.filter(({ isAvailable }) => isAvailable);
  const tail = 'Reply with numbers, such as 1, 3';
  const lines = available.map(({ number, name, price }) => `${number}. ${gsmLine(name)} ${dollars(price)}`);
  let length = tail.length + 30;
  const fitting = lines.filter((line) => {
    length += line.length + 1;
    return length <= LONGEST;
  });
  const cut = lines.length - fitting.length;
  return [...fitting, ...(cut === 0 ? [] : [`And ${cut} more.`]), tail].join('\n');
}

export interface Basket {
  lines: { item: MenuItem; quantity: number }[];
  /** Cents. */
  total: number;
}

/** The basket of an order by numbers, or those of them that are not to be had. */
export function fillBasket(items: readonly MenuItem[], numbers: readonly number[]): Basket | { unknown: number[] } {
  const quantities = new Map<number, number>();
  for (const number of numbers) quantities.set(number, (quantities.get(number) ?? 0) + 1);
  const lines: Basket['lines'] = [];
  const unknown: number[] = [];
  for (const [number, quantity] of quantities) {
    const item = items.find((each) => each.number === number && each.isAvailable);
    if (item === undefined) unknown.push(number);
    else lines.push({ item, quantity });
  }
  if (unknown.length > 0) return { unknown };
  return { lines, total: lines.reduce((sum, { item, quantity }) => sum + item.price * quantity, 0) };
}

/** What the customer hears of an order. */
export function basketReply({ lines, total }: Basket): string {
  const listed = lines.map(({ item, quantity }) => `${quantity} x ${gsmLine(item.name)}`).join(', ');
  const what = listed.length > 300 ? `${lines.length} dishes` : listed;
  return `Order received: ${what}. Total ${dollars(total)}.`;
}

function dollars(cents: number): string {
  return `$${(cents / 100).toFixed(2)}`;
}
