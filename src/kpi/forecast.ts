import { backTest, CHALLENGERS, choose, FEWEST_DAYS, type Model, NAIVE, sum } from './forecast-models.js';
import { dailySales, sourceOfDays } from './fragments.js';
import {
  type Findings,
  type KpiReport,
  metricsOf,
  numberOf,
  type Plan,
  type Row,
  type Scope,
  type Series,
} from './kpi.js';
import { addDays, running } from './period.js';
import { day, type Sql, sql } from './sql.js';

const DEFINITIONS = {
  gmv_next_7: {
    label: 'GMV, next 7 days',
    unit: 'cents',
    text: 'Forecast of the 7 days from today on, by the best method of the back-test. Compared with the last 7 complete days.',
  },
  sold_orders_next_7: {
    label: 'Sold orders, next 7 days',
    unit: 'count',
    text: 'The same for sold orders.',
  },
  gmv_next_28: { label: 'GMV, next 28 days', unit: 'cents', text: 'The same for 28 days, compared with the last 28.' },
  backtest_error: {
    label: 'Error in the back-test',
    unit: 'ratio',
    text: 'GMV of each day of the last 8 weeks forecast from what was known before its week: the sum of the absolute errors divided by the sum of what came true.',
  },
  naive_error: {
    label: 'Error of the benchmark',
    unit: 'ratio',
    text: 'The same for the seasonal naive method, which anything else must beat to be shown.',
  },
} as const satisfies KpiReport['definitions'];

export const forecast: KpiReport = {
  id: 'forecast',
  summary: 'GMV and orders of the next weeks, with the back-test of how it was found',
  definitions: DEFINITIONS,
  period: (clock) => running('day', clock),
  range: 'refused',
  compares: false,
  business: 'orders',
  plan,
};

const HISTORY_DAYS = 182;
const AHEAD = 28;

function plan(scope: Scope): Plan {
  const source = sourceOfDays(scope);
  return { source, statements: [history(scope, source)], shape: ([rows = []]) => shape(scope, rows) };
}

/** From the first day with an order on: before it there was nothing to forecast from. */
function history(scope: Scope, source: Plan['source']): Sql {
  const { clock, today } = scope;
  const from = addDays(clock.day, -HISTORY_DAYS);
  return sql`WITH sales AS (
  ${dailySales(scope, source, from, { day: clock.day, instant: today.starts })}
)
SELECT d::date AS day, coalesce(gmv, 0) AS gmv, coalesce(sold_orders, 0) AS sold_orders
FROM generate_series((SELECT min(day) FROM sales)::timestamp, ${day(clock.day)}::timestamp - interval '1 day', interval '1 day') AS d
  LEFT JOIN sales s ON s.day = d::date
ORDER BY 1`;
}

function shape({ clock }: Scope, rows: readonly Row[]): Findings {
  const of = (key: string) => rows.map((row) => numberOf(row[key]) ?? 0);
  const [gmv, orders] = [of('gmv'), of('sold_orders')];
  if (rows.length < FEWEST_DAYS)
    return {
      metrics: metricsOf(DEFINITIONS, {}),
      series: [],
      notes: [`${rows.length} days of history are too few for a forecast, which needs ${FEWEST_DAYS}.`],
    };
  const [model, orderModel] = [choose(gmv), choose(orders)];
  const next = (values: readonly number[], { predict }: Model, days: number) =>
    Array.from({ length: days }, (_, index) => predict(values, index + 1));
  const [gmvAhead, ordersAhead] = [next(gmv, model, AHEAD), next(orders, orderModel, AHEAD)];
  return {
    metrics: metricsOf(
      DEFINITIONS,
      {
        gmv_next_7: Math.round(sum(gmvAhead.slice(0, 7))),
        sold_orders_next_7: Math.round(sum(ordersAhead.slice(0, 7))),
        gmv_next_28: Math.round(sum(gmvAhead)),
        backtest_error: backTest(gmv, model).error,
        naive_error: backTest(gmv, NAIVE).error,
      },
      {
        gmv_next_7: sum(gmv.slice(-7)),
        sold_orders_next_7: sum(orders.slice(-7)),
        gmv_next_28: sum(gmv.slice(-28)),
      },
    ),
    series: [
      {
        ...DAYS,
        rows: gmvAhead.map((cents, index) => ({
          day: addDays(clock.day, index),
          gmv: Math.round(cents),
          sold_orders: Math.round((ordersAhead[index] ?? 0) * 10) / 10,
        })),
      },
      { ...METHODS, rows: [NAIVE, ...CHALLENGERS].map((each) => methodRow(each, gmv, orders, model)) },
    ],
    notes:
      backTest(gmv, NAIVE).error === null
        ? ['Too little history for a back-test: the benchmark is shown untested.']
        : [],
  };
}

function methodRow(method: Model, gmv: readonly number[], orders: readonly number[], chosen: Model) {
  const tested = backTest(gmv, method);
  return {
    ...{ method: method.id, means: method.text, weeks: tested.weeks, gmv_error: tested.error },
    ...{ orders_error: backTest(orders, method).error, chosen: method === chosen },
  };
}

const DAYS = {
  id: 'days',
  title: 'Forecast by day',
  columns: [
    { key: 'day', label: 'Day', unit: 'id' },
    { key: 'gmv', label: 'GMV', unit: 'cents' },
    { key: 'sold_orders', label: 'Sold orders', unit: 'number' },
  ],
  drawn: ['gmv'],
  shown: 7,
} as const satisfies Omit<Series, 'rows'>;

const METHODS = {
  id: 'methods',
  title: 'Back-test',
  columns: [
    { key: 'method', label: 'Method', unit: 'id' },
    { key: 'means', label: 'Is', unit: 'text' },
    { key: 'weeks', label: 'Weeks', unit: 'count' },
    { key: 'gmv_error', label: 'Error of GMV', unit: 'ratio' },
    { key: 'orders_error', label: 'of orders', unit: 'ratio' },
    { key: 'chosen', label: 'For GMV', unit: 'text' },
  ],
} as const satisfies Omit<Series, 'rows'>;
