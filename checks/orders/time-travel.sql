--! title: Orders from the future, or changed before they were made
--! dimension: temporal
--! level: fail
--! entity: orders
--! owner: engineering
--! why: A clock or a time zone is wrong, and every report by day with it.
--! remedy: Store times in UTC; correct the rows by the offset of the process that wrote them.
--! params: {skew: {interval: 5 minutes}}
SELECT id, status, "createdAt", "updatedAt"
FROM orders
WHERE "createdAt" > :now + :skew OR "updatedAt" < "createdAt"
