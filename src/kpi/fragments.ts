import { startOfDay } from '../db/business-clock.js';
import { type Bounds, liveSource, type Scope, type Source } from './kpi.js';
import { day, fromPlaceholders, instant, join, raw, type Sql, sql, statuses, text } from './sql.js';

/** The WITH query `period (period, starts, ends)`: current, and previous where there is one. */
export function periodQuery({ period, previous }: Pick<Scope, 'period' | 'previous'>): Sql {
  const row = (name: string, { starts, ends }: Bounds) => sql`(${text(name)}, ${instant(starts)}, ${instant(ends)})`;
  const rows = [row('current', period), ...(previous === null ? [] : [row('previous', previous)])];
  return sql`period (period, starts, ends) AS (VALUES ${join(rows, ', ')})`;
}

/** A condition that spares everything outside of both periods, so that the table is read once. */
export function withinPeriods({ period, previous }: Pick<Scope, 'period' | 'previous'>, column: string): Sql {
  const all = previous === null ? [period] : [period, previous];
  const starts = all.map((each) => each.starts).sort()[0] ?? period.starts;
  const ends =
    all
      .map((each) => each.ends)
      .sort()
      .at(-1) ?? period.ends;
  return sql`${raw(column)} >= ${instant(starts)} AND ${raw(column)} < ${instant(ends)}`;
}

export function isSold({ sold }: Pick<Scope, 'sold'>, column = 'status'): Sql {
  return sql`${raw(column)} = ANY (${statuses(sold)})`;
}

/** ` AND "businessId" = …`, or nothing. */
export function ofBusiness({ business }: Pick<Scope, 'business'>, column = '"businessId"'): Sql {
  return business === null ? raw('') : sql` AND ${raw(column)} = ${text(business)}`;
}

/** The calendar day in the business time zone of a time as the platform stores it. */
export function localDay({ timezone }: Pick<Scope, 'timezone'>, column = '"createdAt"'): Sql {
  return sql`(${raw(column)} AT TIME ZONE 'UTC' AT TIME ZONE ${text(timezone)})::date`;
}

/** The instant at which a calendar day begins, in the form of the platform's columns. */
export function startsOf({ timezone }: Pick<Scope, 'timezone'>, of: string): Sql {
  return fromPlaceholders(startOfDay('$1', '$2'), [day(of), text(timezone)]);
}

/** From a summary table where it is fresh for days that are over, else from the orders. */
export function sourceOfDays(scope: Scope): Source {
  const asOf = scope.fresh.closed.get('daily_order_stats')?.at;
  return asOf === undefined ? liveSource(scope) : { kind: 'summaries', tables: ['ops.daily_order_stats'], asOf };
}

/** The SELECT of `day, orders, sold_orders, gmv, platform_revenue` from one day to another; days without orders have no row. */
export function dailySales(scope: Scope, source: Source, from: string, ends: { day: string; instant: string }): Sql {
  if (source.kind === 'summaries')
    return sql`SELECT business_day AS day, sum(orders)::bigint AS orders, sum(sold_orders)::bigint AS sold_orders,
      sum(gmv_cents)::bigint AS gmv, sum(fee_cents)::bigint AS platform_revenue
    FROM ops.daily_order_stats
    WHERE business_day >= ${day(from)} AND business_day < ${day(ends.day)}${ofBusiness(scope, 'business_id')}
    GROUP BY business_day`;
  return sql`SELECT ${localDay(scope)} AS day, count(*) AS orders, count(*) FILTER (WHERE ${isSold(scope)}) AS sold_orders,
      coalesce(sum("totalAmount") FILTER (WHERE ${isSold(scope)}), 0) AS gmv,
      coalesce(sum("platformFee") FILTER (WHERE ${isSold(scope)}), 0) AS platform_revenue
    FROM orders
    WHERE "createdAt" >= ${startsOf(scope, from)} AND "createdAt" < ${instant(ends.instant)}${ofBusiness(scope)}
    GROUP BY 1`;
}
