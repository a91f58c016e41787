import { isSold, ofBusiness, periodQuery, withinPeriods } from './fragments.js';
import { type KpiReport, liveSource, metricsOfPeriods, type Plan, type Scope, type Series, seriesRows } from './kpi.js';
import { lastDays } from './period.js';
import { raw, type Sql, sql } from './sql.js';

const DEFINITIONS = {
  sold_orders: { label: 'Sold orders', unit: 'count', text: 'Orders created in the period, in a sold status.' },
  units: {
    label: 'Portions',
    unit: 'count',
    text: 'Sum of the quantities of all readable lines, whichever shape the items have; a missing quantity is 1.',
  },
  item_revenue: {
    label: 'Revenue of items',
    unit: 'cents',
    text: 'Sum of price times quantity of the same lines. It differs from GMV where the amount of an order is not the sum of its items.',
  },
  units_per_order: {
    label: 'Portions an order',
    unit: 'number',
    text: 'Portions divided by the sold orders with a readable line.',
  },
  dishes: {
    label: 'Dishes sold',
    unit: 'count',
    text: 'Different names, in whatever case and spacing they are written.',
  },
  unreadable_orders: {
    label: 'Not readable',
    unit: 'count',
    text: 'Sold orders without items, or with a line whose name, price or quantity makes no sense: those lines are left out. `smsfood check orders.items-malformed` lists them.',
  },
} as const satisfies KpiReport['definitions'];

export const menu: KpiReport = {
  id: 'menu',
  summary: 'what is eaten: portions, share of orders and revenue by dish',
  definitions: DEFINITIONS,
  period: (clock) => lastDays(28, clock),
  range: 'period',
  compares: true,
  business: 'orders',
  plan,
};

/** More dishes than this are not listed, so that spoilt names cannot make the answer endless. */
const MOST_DISHES = 1000;

function plan(scope: Scope): Plan {
  return {
    source: liveSource(scope),
    statements: [totals(scope), dishes(scope)],
    shape: ([rows = [], names = []]) => ({
      metrics: metricsOfPeriods(DEFINITIONS, rows),
      series: [{ ...DISHES, rows: seriesRows(DISHES.columns, names) }],
      notes: names.length === MOST_DISHES ? [`Only the first ${MOST_DISHES} dishes by revenue are listed.`] : [],
    }),
  };
}

/**
 * The lines of the sold orders, from both shapes of items: an array, or an object by menu item id. No cast can fail;
 * what is beyond any menu (a price of ten million dollars, a million portions) is taken for unreadable.
 */
function lines(scope: Scope): Sql {
  return sql`${periodQuery(scope)}, entry AS (
  SELECT p.period, o.id COLLATE "C" AS id, o.line -> 'name' AS name, o.line -> 'price' AS price, o.line -> 'quantity' AS quantity
  FROM (
    SELECT id, "createdAt", jsonb_array_elements(CASE jsonb_typeof(items)
      WHEN 'array' THEN CASE WHEN items = '[]' THEN '[null]' ELSE items END
      WHEN 'object' THEN coalesce((SELECT jsonb_agg(value) FROM jsonb_each(items)), '[null]')
      ELSE '[null]' END) AS line
    FROM orders
    WHERE ${isSold(scope)} AND ${withinPeriods(scope, '"createdAt"')}${ofBusiness(scope)}
  ) AS o JOIN period p ON o."createdAt" >= p.starts AND o."createdAt" < p.ends
), judged AS (
  SELECT period, id,
    CASE WHEN jsonb_typeof(name) = 'string' THEN nullif(btrim(regexp_replace(name #>> '{}', '\\s+', ' ', 'g')), '') END AS name,
    CASE WHEN jsonb_typeof(price) = 'number' THEN price::numeric END AS price,
    CASE WHEN quantity IS NULL THEN 1 WHEN jsonb_typeof(quantity) = 'number' THEN quantity::numeric END AS quantity
  FROM entry
), line AS (
  SELECT period, id, name, price, quantity,
    coalesce(name IS NOT NULL AND price BETWEEN 0 AND 1e9 AND price = trunc(price)
      AND quantity BETWEEN 1 AND 1e6 AND quantity = trunc(quantity), false) AS readable
  FROM judged
)`;
}

function totals(scope: Scope): Sql {
  return sql`WITH ${lines(scope)}
SELECT p.period, count(DISTINCT l.id) AS sold_orders,
  coalesce(sum(quantity) FILTER (WHERE readable), 0)::bigint AS units,
  coalesce(sum(price * quantity) FILTER (WHERE readable), 0)::bigint AS item_revenue,
  (sum(quantity) FILTER (WHERE readable) / nullif(count(DISTINCT l.id) FILTER (WHERE readable), 0))::float8 AS units_per_order,
  count(DISTINCT lower(name)) FILTER (WHERE readable) AS dishes,
  count(DISTINCT l.id) FILTER (WHERE NOT readable) AS unreadable_orders
FROM period p LEFT JOIN line l ON l.period = p.period
GROUP BY p.period`;
}

function dishes(scope: Scope): Sql {
  return sql`WITH ${lines({ ...scope, previous: null })}, whole AS (
  SELECT count(DISTINCT id) AS orders, sum(price * quantity) AS revenue FROM line WHERE readable
)
SELECT mode() WITHIN GROUP (ORDER BY name) AS dish, sum(quantity)::bigint AS units, count(DISTINCT id) AS orders,
  count(DISTINCT id)::float8 / nullif(max(whole.orders), 0) AS share_of_orders,
  sum(price * quantity)::bigint AS revenue, (sum(price * quantity) / nullif(max(whole.revenue), 0))::float8 AS share_of_revenue
FROM line CROSS JOIN whole
WHERE readable
GROUP BY lower(name)
ORDER BY revenue DESC, lower(name)
LIMIT ${raw(String(MOST_DISHES))}`;
}

const DISHES = {
  id: 'dishes',
  title: 'Dishes, by revenue',
  columns: [
    { key: 'dish', label: 'Dish', unit: 'text' },
    { key: 'units', label: 'Portions', unit: 'count' },
    { key: 'orders', label: 'Orders', unit: 'count' },
    { key: 'share_of_orders', label: 'Share of orders', unit: 'ratio' },
    { key: 'revenue', label: 'Revenue', unit: 'cents' },
    { key: 'share_of_revenue', label: 'Share of revenue', unit: 'ratio' },
  ],
  shown: 20,
} as const satisfies Omit<Series, 'rows'>;
