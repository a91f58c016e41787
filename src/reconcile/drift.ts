/** Where lastOrderAt differs from the newest sold order by no more than this, it is left: the platform sets it at payment. */
const LAST_ORDER_TOLERANCE = '24 hours';

/** The ways in which the platform is known to count wrong: the orders of which the excess then consists. */
const MISTAKES = [
  { name: 'counted twice', column: 'sold' },
  { name: 'counted while unpaid', column: 'unpaid' },
  { name: 'cancelled after counting', column: 'cancelled' },
] as const;

/** Only orders taken by SMS are counted when they are confirmed, and they have no business: these are tried first. */
const TAKEN = [
  { suffix: '_by_sms', filter: '"businessId" IS NULL' },
  { suffix: '', filter: 'true' },
] as const;

/** Every set of mistakes, the smaller ones first: the simplest explanation is the likeliest. */
const EXPLANATIONS = [1, 2, 4, 3, 5, 6, 7].map((bits) => MISTAKES.filter((_each, index) => bits & (1 << index)));

/** `NAME_orders` and `NAME_spent` over the orders of a condition, for all of them and for those taken by SMS. */
const sums = (name: string, condition = 'true') =>
  TAKEN.map(
    ({ suffix, filter }) => `
      count(*) FILTER (WHERE ${condition} AND ${filter}) AS ${name}${suffix}_orders,
      coalesce(sum("totalAmount") FILTER (WHERE ${condition} AND ${filter}), 0) AS ${name}${suffix}_spent`,
  ).join(',');

/** What the excess of orders and money agrees with, to the cent. */
const CAUSE = `CASE
    WHEN is_gone THEN 'no such customer'
    WHEN more_orders = 0 AND more_spent = 0 THEN 'only lastOrderAt'
    WHEN more_orders <= 0 AND more_spent <= 0 THEN 'missed'
    ${EXPLANATIONS.flatMap((mistakes) =>
      TAKEN.map(({ suffix }) => {
        const sum = (what: string) => mistakes.map(({ column }) => `${column}${suffix}_${what}`).join(' + ');
        const name = mistakes.map((mistake) => mistake.name).join(', ');
        return `WHEN more_orders = ${sum('orders')} AND more_spent = ${sum('spent')} THEN '${name}'`;
      }),
    ).join('\n    ')}
    ELSE 'no known cause' END`;

const sided = (number: string, amount: string) =>
  `CASE WHEN ${number} < 0 THEN format('%s too little', ${amount}) WHEN ${number} > 0 THEN format('%s too much', ${amount}) END`;

/** The whole of it in words, for the ledger; without personal data. */
export const REASON = `concat_ws('; ', cause,
    ${sided('more_orders', `format(CASE abs(more_orders) WHEN 1 THEN '%s order' ELSE '%s orders' END, abs(more_orders))`)},
    ${sided('more_spent', `to_char(abs(more_spent) / 100.0, 'FM$999999999999990.00')`)},
    CASE WHEN is_last_off THEN 'another last order' END)`;

/**
 * True where the totals of a customer `c` are not these, NULL and 0 being those of a customer without sold orders. The
 * rules are those of the checks customers.total-orders-drift, total-spent-drift and last-order-drift.
 */
export function differs(c: string, orders: string, spent: string, last: string): string {
  return `(${c}."totalOrders" <> ${orders} OR ${c}."totalSpent" <> ${spent} OR ${lastDiffers(c, last)})`;
}

function lastDiffers(c: string, last: string): string {
  const own = `${c}."lastOrderAt"`;
  return `((${own} IS NULL) <> (${last} IS NULL) OR ${own} NOT BETWEEN ${last} - interval '${LAST_ORDER_TOLERANCE}' AND ${last} + interval '${LAST_ORDER_TOLERANCE}')`;
}

/**
 * The WITH queries of a judgement, on `$1` (ids of customers; null for all) and `$2` (the sold statuses). `drift` has one
 * row a customer whose totals are not those of its sold orders: what they are (`had_…`) and should be (`sold_…`), by how
 * much that is more, the likely cause, and whether the sums can be stored. For all customers it also has those who
 * bought and are gone.
 */
export function driftQueries(whose: 'all' | 'ids'): string {
  const isAll = whose === 'all';
  const orders = isAll ? 'orders' : 'theirs';
  const parts = MISTAKES.flatMap(({ column }) =>
    TAKEN.flatMap(({ suffix }) => [`${column}${suffix}_orders`, `${column}${suffix}_spent`]),
  );
  return `
  ${isAll ? '' : `theirs AS MATERIALIZED (${THEIRS}), `}sold_of AS (
    SELECT "customerId" AS id, max("createdAt") AS sold_last, ${sums('sold')}
    FROM ${orders} WHERE status = ANY ($2::"OrderStatus"[]) ${isAll ? 'AND $1::text[] IS NULL' : ''}
    GROUP BY "customerId"
  ), compared AS (
    SELECT coalesce(c.id, s.id) AS row_id, c.id IS NULL AS is_gone, s.*,
      c."totalOrders" AS had_orders, c."totalSpent" AS had_spent, c."lastOrderAt" AS had_last,
      c."totalOrders" - coalesce(s.sold_orders, 0) AS more_orders, c."totalSpent" - coalesce(s.sold_spent, 0) AS more_spent,
      ${lastDiffers('c', 's.sold_last')} AS is_last_off
    FROM customers c ${isAll ? 'FULL' : 'LEFT'} JOIN sold_of s ON s.id = c.id
    WHERE ${isAll ? '' : 'c.id = ANY ($1) AND'}
      (c.id IS NULL OR ${differs('c', 'coalesce(s.sold_orders, 0)', 'coalesce(s.sold_spent, 0)', 's.sold_last')})
  ), unsold_of AS (
    SELECT "customerId" AS id, ${sums('unpaid', `status IN ('PENDING', 'CONFIRMED')`)}, ${sums('cancelled', `status = 'CANCELLED'`)}
    FROM ${orders} WHERE status <> ALL ($2) GROUP BY "customerId"
  ), counted AS (
    SELECT c.row_id AS id, is_gone, had_orders, had_spent, had_last, sold_last, more_orders, more_spent, is_last_off,
      ${parts.map((part) => `coalesce(${part}, 0) AS ${part}`).join(', ')}
    FROM compared c LEFT JOIN unsold_of u ON u.id = c.row_id
  ), drift AS MATERIALIZED (
    SELECT id, is_gone, had_orders, had_spent, had_last, sold_orders, sold_spent, sold_last, more_orders, more_spent,
      is_last_off, ${CAUSE} AS cause, greatest(sold_orders, abs(sold_spent)) <= 2147483647 AS is_storable
    FROM counted
  )`;
}

const THEIRS = `SELECT "customerId", "businessId", "totalAmount", "createdAt", status FROM orders WHERE "customerId" = ANY ($1::text[])`;
