--! title: Sold orders without a platform fee
--! dimension: completeness
--! level: fail
--! entity: orders
--! owner: finance
--! why: Revenue that is never collected and never missed.
--! remedy: Recompute the fee from totalAmount (2%, half a cent up).
SELECT id, status, "createdAt", "totalAmount", ("totalAmount"::bigint * 2 + 50) / 100 AS cents
FROM orders
WHERE "platformFee" IS NULL AND status::text = ANY (:sold)
