import { cohortCells, monthName, monthNumber, readCohorts, retention } from './cohort-cells.js';
import { type KpiReport, liveSource, metricsOf, type Plan, type Scope, type Series } from './kpi.js';
import { addMonths, startOf } from './period.js';

const AGES = [1, 2, 3, 6, 12] as const;
const OLDEST = 12;

const DEFINITIONS = Object.fromEntries(
  AGES.map((age) => [
    `retention_${age}`,
    {
      label: `Bought again in month ${age}`,
      unit: 'ratio',
      text: `Customers with a sold order in the calendar month ${age} after that of their first sold order, of all customers of the cohorts for which that month is over. Cohorts weigh as much as they have customers.`,
    } as const,
  ]),
) satisfies KpiReport['definitions'];

export const cohorts: KpiReport = {
  id: 'cohorts',
  summary: 'who comes back, by month of the first sold order',
  definitions: DEFINITIONS,
  period: ({ day }) => {
    const to = startOf('month', day);
    return { from: addMonths(to, -OLDEST), to, until: null };
  },
  range: 'period',
  compares: false,
  business: 'orders',
  plan,
};

function plan(scope: Scope): Plan {
  const { clock, period } = scope;
  return {
    source: liveSource(scope),
    statements: [cohortCells(scope)],
    shape([rows = []]) {
      const [first, end] = [monthNumber(period.from), monthNumber(period.to)];
      const chosen = readCohorts(rows, clock.day).filter(({ month }) => month >= first && month < end);
      const values = Object.fromEntries(AGES.map((age) => [`retention_${age}`, retention(chosen, age)]));
      const ages = Array.from({ length: OLDEST }, (_, index) => index + 1);
      return {
        metrics: metricsOf(DEFINITIONS, values),
        series: [
          {
            ...TRIANGLE,
            rows: [
              ...chosen.map(({ month, size, cells }) => ({
                cohort: monthName(month),
                customers: size,
                ...Object.fromEntries(
                  ages.map((age) => [`m${age}`, cells[age] === undefined ? null : cells[age].active / size]),
                ),
              })),
              {
                cohort: 'average',
                customers: chosen.reduce((sum, { size }) => sum + size, 0),
                ...Object.fromEntries(ages.map((age) => [`m${age}`, retention(chosen, age)])),
              },
            ],
          },
        ],
        notes: [
          'Months that are not over are left out, and so are the customers who first bought in the running one. The average is weighted by customers.',
        ],
      };
    },
  };
}

const TRIANGLE: Omit<Series, 'rows'> = {
  id: 'triangle',
  title: 'Customers with a sold order in each month after the first',
  columns: [
    { key: 'cohort', label: 'First', unit: 'id' },
    { key: 'customers', label: 'Size', unit: 'count' },
    ...Array.from(
      { length: OLDEST },
      (_, index) => ({ key: `m${index + 1}`, label: String(index + 1), unit: 'ratio', isNarrow: true }) as const,
    ),
  ],
};
