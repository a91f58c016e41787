import { isSold, localDay, ofBusiness } from './fragments.js';
import { numberOf, type Row, type Scope } from './kpi.js';
import { type Sql, sql } from './sql.js';

/** The customers whose first sold order fell into one month. */
export interface Cohort {
  /** Months since the year 0, so that months can be subtracted. */
  month: number;
  size: number;
  /** By age in months: customers with a sold order in that month, and the platform revenue of it. Only complete months. */
  cells: { active: number; revenue: number }[];
}

/** Customers and platform revenue by month of the first sold order and of the order. */
export function cohortCells(scope: Scope): Sql {
  return sql`WITH sale AS (
  SELECT "customerId", (extract(year FROM local_day) * 12 + extract(month FROM local_day) - 1)::integer AS month, sum(fee) AS fee
  FROM (
    SELECT "customerId", ${localDay(scope)} AS local_day, coalesce("platformFee", 0) AS fee
    FROM orders WHERE ${isSold(scope)}${ofBusiness(scope)}
  ) AS o
  GROUP BY 1, 2
), cohort AS (
  SELECT "customerId", min(month) AS cohort FROM sale GROUP BY 1
)
SELECT cohort, month - cohort AS age, count(*) AS active, sum(fee)::bigint AS revenue
FROM sale JOIN cohort USING ("customerId")
GROUP BY 1, 2
ORDER BY 1, 2`;
}

export function monthNumber(day: string): number {
  return Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;
}

export function monthName(month: number): string {
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}`;
}

/** The cohorts that are complete themselves, each with the months that are over: of a running month nothing is final. */
export function readCohorts(rows: readonly Row[], today: string): Cohort[] {
  const running = monthNumber(today);
  const cohorts = new Map<number, Cohort>();
  for (const row of rows) {
    const [month, age, active, revenue] = [row.cohort, row.age, row.active, row.revenue].map(
      (each) => numberOf(each) ?? 0,
    );
    if (month === undefined || age === undefined || active === undefined || revenue === undefined) continue;
    if (month >= running) continue;
    const cells = Array.from({ length: running - month }, () => ({ active: 0, revenue: 0 }));
    const cohort = cohorts.get(month) ?? { month, size: active, cells };
    if (age < cohort.cells.length) cohort.cells[age] = { active, revenue };
    cohorts.set(month, cohort);
  }
  return [...cohorts.values()];
}

/** Share of the customers who bought at an age, over the cohorts that have completed it; null where none has. */
export function retention(cohorts: readonly Cohort[], age: number): number | null {
  const old = cohorts.filter(({ cells }) => cells.length > age);
  const size = old.reduce((sum, cohort) => sum + cohort.size, 0);
  return size === 0 ? null : old.reduce((sum, { cells }) => sum + (cells[age]?.active ?? 0), 0) / size;
}

/** Platform revenue of a customer from the first month to an age, over the cohorts that have completed it, in cents. */
export function lifetimeValue(cohorts: readonly Cohort[], age: number): { customers: number; cents: number | null } {
  const old = cohorts.filter(({ cells }) => cells.length > age);
  const customers = old.reduce((sum, { size }) => sum + size, 0);
  const revenue = old.reduce(
    (sum, { cells }) => sum + cells.slice(0, age + 1).reduce((part, cell) => part + cell.revenue, 0),
    0,
  );
  return { customers, cents: customers === 0 ? null : revenue / customers };
}
