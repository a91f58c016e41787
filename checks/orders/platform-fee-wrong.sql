--! title: Sold orders with a wrong platform fee
--! dimension: consistency
--! level: fail
--! entity: orders
--! owner: finance
--! why: The platform takes too much from the business, or too little for itself.
--! remedy: Recompute the fee from totalAmount (2%, half a cent up), and settle the difference.
SELECT id, status, "totalAmount", "platformFee", "createdAt", abs("platformFee" - ("totalAmount"::bigint * 2 + 50) / 100) AS cents
FROM orders
WHERE "platformFee" <> ("totalAmount"::bigint * 2 + 50) / 100 AND status::text = ANY (:sold)
