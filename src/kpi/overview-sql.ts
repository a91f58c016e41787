import { HAS_NUMBER, MRR } from '../business-sql.js';
import { isSold, ofBusiness } from './fragments.js';
import type { Scope } from './kpi.js';
import { instant, join, raw, type Sql, sql, text } from './sql.js';

/**
 * The numbers from the platform's tables. Each is read once; what is sold is asked of a handful of statuses instead of each
 * order, which takes a tenth less time.
 */
export function overviewSql(scope: Scope): Sql {
  const { today, todayBefore, previous, isAsked, hasOwnClock, customersHaveBusiness, business } = scope;
  const sold = isSold(scope);
  const inside = ({ starts, ends }: { starts: string; ends: string }) =>
    sql`"createdAt" >= ${instant(starts)} AND "createdAt" < ${instant(ends)}`;
  // All of the day's, as in the snapshots, should some be dated ahead; with another clock, those up to it.
  const sofar = { starts: today.starts, ends: hasOwnClock ? today.ends : today.closes };
  const periods = [
    { prefix: '', inside: isAsked ? inside(scope.period) : raw('true') },
    ...(isAsked && previous !== null ? [{ prefix: 'before_', inside: inside(previous) }] : []),
  ];
  const ofCustomer =
    business === null
      ? raw('')
      : customersHaveBusiness
        ? sql` WHERE "businessId" = ${text(business)}`
        : sql` WHERE id IN (SELECT "customerId" FROM orders WHERE "businessId" = ${text(business)})`;
  return sql`WITH by_status AS (
  SELECT status, ${join(periods.map(sums), ', ')},
    count(*) FILTER (WHERE ${inside(sofar)}) AS today, count(*) FILTER (WHERE ${inside(todayBefore)}) AS before_today
  FROM orders WHERE true${ofBusiness(scope)} GROUP BY status
), sale AS (
  SELECT ${join(
    periods.map(({ prefix }) => sales(prefix, sold)),
    ', ',
  )}, ${total('today', 'todays_orders')}, ${total('before_today', 'before_todays_orders')}
  FROM by_status
), person AS (
  SELECT count(*) AS total_customers, count(*) FILTER (WHERE "isActive") AS active_customers FROM customers${ofCustomer}
), message AS (
  ${messages(scope, inside(sofar), inside(todayBefore))}
), business AS (
  SELECT count(*) AS businesses_total, count(*) FILTER (WHERE ${raw(HAS_NUMBER)}) AS businesses_with_number,
    count(*) FILTER (WHERE NOT ${raw(HAS_NUMBER)}) AS businesses_without_number,
    count(*) FILTER (WHERE lower("subscriptionStatus") = 'active') AS active_subscriptions, coalesce(sum(${raw(MRR)}), 0) AS mrr
  FROM business_customers WHERE true${ofBusiness(scope, 'id')}
)
SELECT *, total_revenue::float8 / nullif(paid_orders, 0) AS aov${
    isAsked && previous !== null
      ? raw(', before_total_revenue::float8 / nullif(before_paid_orders, 0) AS before_aov')
      : raw('')
  }
FROM sale, person, message, business`;
}

/** Of the orders of one status. */
function sums({ prefix, inside }: { prefix: string; inside: Sql }): Sql {
  const name = (column: string) => raw(`${prefix}${column}`);
  return sql`count(*) FILTER (WHERE ${inside}) AS ${name('orders')}, sum("totalAmount") FILTER (WHERE ${inside}) AS ${name('amount')},
    sum("platformFee") FILTER (WHERE ${inside}) AS ${name('fees')}`;
}

/** Of all statuses, and of the sold ones. */
function sales(prefix: string, sold: Sql): Sql {
  const column = (own: string, name: string, where?: Sql) => total(`${prefix}${own}`, `${prefix}${name}`, where);
  return join(
    [
      column('orders', 'total_orders'),
      column('orders', 'paid_orders', sold),
      column('amount', 'total_revenue', sold),
      column('fees', 'platform_fees', sold),
    ],
    ', ',
  );
}

function total(column: string, name: string, where?: Sql): Sql {
  const filter = where === undefined ? raw('') : sql` FILTER (WHERE ${where})`;
  return sql`coalesce(sum(${raw(column)})${filter}, 0)::int8 AS ${raw(name)}`;
}

/** Messages know their customer at most, and customers their business in the newer schema only. */
function messages({ business, customersHaveBusiness, today, todayBefore }: Scope, now: Sql, before: Sql): Sql {
  if (business !== null && !customersHaveBusiness) return raw('SELECT NULL AS sms_today, NULL AS before_sms_today');
  const first = today.starts < todayBefore.starts ? today : todayBefore;
  const theirs =
    business === null
      ? raw('')
      : sql` AND "customerId" IN (SELECT id FROM customers WHERE "businessId" = ${text(business)})`;
  return sql`SELECT count(*) FILTER (WHERE ${now}) AS sms_today, count(*) FILTER (WHERE ${before}) AS before_sms_today
  FROM sms_logs WHERE "createdAt" >= ${instant(first.starts)} AND "createdAt" < ${instant(today.closes)}${theirs}`;
}
