--! title: Customers with negative totals
--! dimension: validity
--! level: fail
--! entity: customers
--! owner: engineering
--! why: A negative total is impossible, so some code subtracts what it never added.
--! remedy: Run smsfood reconcile --apply, which sets the totals from the sold orders, and find the code that decrements.
SELECT id, "totalOrders", "totalSpent", "lastOrderAt", "updatedAt"
FROM customers
WHERE "totalOrders" < 0 OR "totalSpent" < 0
