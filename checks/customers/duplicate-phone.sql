--! title: Customers who share a phone number
--! dimension: uniqueness
--! level: fail
--! entity: customers
--! owner: engineering
--! why: One person has two histories, and opting out with one record does not silence the other.
--! remedy: Merge the records, and normalise numbers where they enter.
--! since: |
--!   SELECT other.id
--!   FROM customers touched
--!   JOIN customers other ON right(regexp_replace(other."phoneNumber", '[^0-9]', '', 'g'), 10)
--!     = right(regexp_replace(touched."phoneNumber", '[^0-9]', '', 'g'), 10)
--!   WHERE touched."createdAt" >= :since OR touched."updatedAt" >= :since
-- "businessId" is the customer's where the table has it (newer generation), else the NULL outside. Under ten digits there is no number to compare.
WITH customer_number AS MATERIALIZED (
  SELECT customer.id, customer."phoneNumber", customer.name, customer."totalOrders", customer."createdAt", customer."businessId",
    right(digits.all_digits, 10) AS number
  FROM (SELECT NULL::text AS "businessId") AS absent
  CROSS JOIN LATERAL (
    SELECT c.id, c."phoneNumber", c.name, c."totalOrders", c."createdAt", "businessId" FROM customers c
  ) AS customer
  CROSS JOIN LATERAL (SELECT regexp_replace(customer."phoneNumber", '[^0-9]', '', 'g') AS all_digits) AS digits
  WHERE length(digits.all_digits) >= 10
)
SELECT id, "phoneNumber", name, "totalOrders", "createdAt"
FROM customer_number
WHERE (coalesce("businessId", ''), number) IN (
  SELECT coalesce("businessId", ''), number FROM customer_number GROUP BY 1, 2 HAVING count(*) > 1
)
