-- More is no violation, nor are other names, another order of the columns of a key, or a constraint in place of an index.
ALTER TABLE customers ADD COLUMN "loyaltyCard" text;
CREATE TABLE loyalty_cards (id integer PRIMARY KEY);
ALTER TYPE "OrderStatus" ADD VALUE 'REFUNDED';
CREATE UNIQUE INDEX orders_payment ON orders ("paymentId");
DROP INDEX promo_codes_code_key;
ALTER TABLE promo_codes ADD CONSTRAINT one_code UNIQUE (code) INCLUDE (id);
DROP INDEX "customer_list_members_customerListId_customerId_key";
CREATE UNIQUE INDEX turned ON customer_list_members ("customerId", "customerListId");
ALTER TABLE customers ALTER COLUMN "createdAt" TYPE timestamp(6);
ALTER TABLE orders RENAME CONSTRAINT "orders_customerId_fkey" TO customer;
