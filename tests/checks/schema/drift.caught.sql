-- generation: production
-- keys: column customers.category, column orders.totalAmount, column phone_number_inventory.ezTextingNumberId, column sms_logs.createdAt, enum value SmsStatus.FAILED, foreign key orders.businessId -> business_customers, foreign key orders.menuId -> menus, table customer_list_members, unique index customers (phoneNumber), unique index menus (date), unique index phone_number_inventory (ezTextingNumberId), unique index promo_codes (code), unique index orders (id)
ALTER TABLE customers DROP COLUMN category;
ALTER TABLE orders ALTER COLUMN "totalAmount" TYPE numeric;
ALTER TABLE sms_logs ALTER COLUMN "createdAt" TYPE timestamptz;
ALTER TABLE phone_number_inventory DROP COLUMN "ezTextingNumberId";
ALTER TYPE "SmsStatus" RENAME VALUE 'FAILED' TO 'UNDELIVERED';
ALTER TABLE orders DROP CONSTRAINT "orders_businessId_fkey";
ALTER TABLE orders DROP CONSTRAINT "orders_pkey";
-- A foreign key to another table, or of another column, does not do.
ALTER TABLE orders DROP CONSTRAINT "orders_menuId_fkey";
ALTER TABLE orders ADD FOREIGN KEY ("menuId") REFERENCES customers (id);
ALTER TABLE orders ADD FOREIGN KEY ("paymentId") REFERENCES business_customers (id);
DROP TABLE customer_list_members;
-- Neither do an index that is not unique, a partial one, one on an expression, and one that only covers the column.
DROP INDEX "customers_phoneNumber_key", menus_date_key, promo_codes_code_key;
CREATE INDEX ON customers ("phoneNumber");
CREATE UNIQUE INDEX ON customers ("phoneNumber") WHERE "isActive";
CREATE UNIQUE INDEX ON promo_codes (lower(code));
CREATE UNIQUE INDEX ON promo_codes (code, id);
CREATE UNIQUE INDEX ON menus (id) INCLUDE (date);
