--! title: List members without their list or their customer
--! dimension: integrity
--! level: fail
--! entity: customer_list_members
--! owner: engineering
--! why: A campaign counts people whom it cannot reach.
--! remedy: Delete the row, and restore the foreign keys.
--! since: SELECT id FROM customer_list_members WHERE "addedAt" >= :since
SELECT m.id, m."customerListId", m."customerId", m."addedAt"
FROM customer_list_members m
WHERE NOT EXISTS (SELECT FROM customer_lists l WHERE l.id = m."customerListId")
   OR NOT EXISTS (SELECT FROM customers c WHERE c.id = m."customerId")
