--! title: Hours since the newest order
--! dimension: timeliness
--! fail: "> 24"
--! metric: {unit: hours}
--! no-value: fail
--! entity: orders
--! owner: operations
--! why: A day without an order means that orders are not arriving, or not being stored.
--! remedy: Text the number yourself, and look at smsfood webhooks stats or the webhook's log.
--! params: {skew: {interval: 5 minutes}}
-- Orders from the future are left out: one of them would keep the check green for good.
SELECT
  extract(epoch FROM :now - max("createdAt") FILTER (WHERE "createdAt" <= :now + :skew)) / 3600 AS value,
  max("createdAt") FILTER (WHERE "createdAt" <= :now + :skew) AS newest,
  CASE WHEN max("createdAt") FILTER (WHERE "createdAt" <= :now + :skew) IS NULL THEN 'no orders at all' END AS reason
FROM orders
