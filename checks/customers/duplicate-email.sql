--! title: Customers who share an e-mail address
--! dimension: uniqueness
--! level: warn
--! entity: customers
--! owner: product
--! why: One person has two histories, and gets each campaign twice.
--! remedy: Merge the records if they are one person.
--! since: |
--!   SELECT other.id
--!   FROM customers touched
--!   JOIN customers other ON lower(btrim(other.email, E' \t\n\r')) = lower(btrim(touched.email, E' \t\n\r'))
--!   WHERE touched."createdAt" >= :since OR touched."updatedAt" >= :since
-- "businessId" is the customer's where the table has it (newer generation), else the NULL outside.
WITH customer_address AS MATERIALIZED (
  SELECT customer.id, customer.email, customer.name, customer."phoneNumber", customer."createdAt", customer."businessId",
    lower(btrim(customer.email, E' \t\n\r')) AS address
  FROM (SELECT NULL::text AS "businessId") AS absent
  CROSS JOIN LATERAL (
    SELECT c.id, c.email, c.name, c."phoneNumber", c."createdAt", "businessId" FROM customers c
  ) AS customer
  WHERE customer.email ~ '\S'
)
SELECT id, email, name, "phoneNumber", "createdAt"
FROM customer_address
WHERE (coalesce("businessId", ''), address) IN (
  SELECT coalesce("businessId", ''), address FROM customer_address GROUP BY 1, 2 HAVING count(*) > 1
)
