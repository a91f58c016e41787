-- What the newer generation of the platform changed. Applied to an empty database after 0001_production.sql.
ALTER TABLE customers ADD COLUMN "businessId" text NOT NULL;
ALTER TABLE menus ADD COLUMN "businessId" text NOT NULL;
ALTER TABLE menu_items ADD COLUMN "businessId" text NOT NULL;
ALTER TABLE customers ADD CONSTRAINT "customers_businessId_fkey" FOREIGN KEY ("businessId") REFERENCES business_customers (id) ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE menus ADD CONSTRAINT "menus_businessId_fkey" FOREIGN KEY ("businessId") REFERENCES business_customers (id) ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE menu_items ADD CONSTRAINT "menu_items_businessId_fkey" FOREIGN KEY ("businessId") REFERENCES business_customers (id) ON DELETE RESTRICT ON UPDATE CASCADE;
DROP INDEX "customers_phoneNumber_key";
CREATE UNIQUE INDEX "customers_businessId_phoneNumber_key" ON customers ("businessId", "phoneNumber");
DROP INDEX menus_date_key;
CREATE UNIQUE INDEX "menus_businessId_date_key" ON menus ("businessId", date);
ALTER TABLE business_customers RENAME COLUMN "ezTextingNumberId" TO "providerNumberId";
ALTER TABLE phone_number_inventory RENAME COLUMN "ezTextingNumberId" TO "providerNumberId";
ALTER INDEX "business_customers_ezTextingNumberId_key" RENAME TO "business_customers_providerNumberId_key";
ALTER INDEX "phone_number_inventory_ezTextingNumberId_key" RENAME TO "phone_number_inventory_providerNumberId_key";
ALTER TABLE phone_number_inventory ALTER COLUMN source SET DEFAULT 'twilio';
