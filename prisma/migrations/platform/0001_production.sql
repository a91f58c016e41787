-- The marketplace's own tables as they stand in production. smsfood creates them only in its sandbox and in tests.
CREATE TYPE "OrderStatus" AS ENUM ('PENDING', 'CONFIRMED', 'PAID', 'PREPARING', 'READY', 'DELIVERED', 'CANCELLED');
CREATE TYPE "PhoneNumberStatus" AS ENUM ('AVAILABLE', 'ASSIGNED', 'RESERVED', 'COOLDOWN', 'RETIRED');
CREATE TYPE "SmsDirection" AS ENUM ('INBOUND', 'OUTBOUND');
CREATE TYPE "SmsStatus" AS ENUM ('SENT', 'DELIVERED', 'FAILED', 'RECEIVED');
CREATE TYPE "DiscountType" AS ENUM ('PERCENTAGE', 'FIXED_AMOUNT');

CREATE TABLE customers (
  id text NOT NULL CONSTRAINT customers_pkey PRIMARY KEY,
  "phoneNumber" text NOT NULL,
  name text,
  email text,
  "isActive" boolean NOT NULL DEFAULT true,
  preferences jsonb,
  tags text[],
  category text,
  notes text,
  "lastOrderAt" timestamp(3),
  "totalOrders" integer NOT NULL DEFAULT 0,
  "totalSpent" integer NOT NULL DEFAULT 0,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL
);

CREATE TABLE promo_codes (
  id text NOT NULL CONSTRAINT promo_codes_pkey PRIMARY KEY,
  code text NOT NULL,
  "discountType" "DiscountType" NOT NULL DEFAULT 'PERCENTAGE',
  "discountValue" integer NOT NULL,
  "freePhoneNumber" boolean NOT NULL DEFAULT false,
  "freeSubscription" boolean NOT NULL DEFAULT false,
  "isActive" boolean NOT NULL DEFAULT true,
  "maxUses" integer,
  "currentUses" integer NOT NULL DEFAULT 0,
  description text,
  "expiresAt" timestamp(3),
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL
);

CREATE TABLE business_customers (
  id text NOT NULL CONSTRAINT business_customers_pkey PRIMARY KEY,
  "businessName" text NOT NULL,
  "contactName" text NOT NULL,
  "contactEmail" text NOT NULL,
  "zipCode" text NOT NULL,
  "assignedPhoneNumber" text,
  "areaCode" text NOT NULL,
  city text,
  state text,
  "isActive" boolean NOT NULL DEFAULT true,
  "onboardingCompleted" boolean NOT NULL DEFAULT false,
  "subscriptionStatus" text NOT NULL DEFAULT 'trial',
  "monthlyLimit" integer NOT NULL DEFAULT 1000,
  "currentUsage" integer NOT NULL DEFAULT 0,
  "stripeConnectAccountId" text,
  "stripeAccountStatus" text DEFAULT 'pending',
  "stripeOnboardingComplete" boolean NOT NULL DEFAULT false,
  "stripeDashboardEnabled" boolean NOT NULL DEFAULT false,
  "stripePayoutsEnabled" boolean NOT NULL DEFAULT false,
  "stripeChargesEnabled" boolean NOT NULL DEFAULT false,
  "stripeDetailsSubmitted" boolean NOT NULL DEFAULT false,
  "stripeCustomerId" text,
  "stripeSubscriptionId" text,
  "ezTextingNumberId" text,
  "numberProvisionedAt" timestamp(3),
  "promoCodeId" text,
  "promoCodeUsed" text,
  "phoneNumberFeeWaived" boolean NOT NULL DEFAULT false,
  "subscriptionTier" text,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL
);

CREATE TABLE phone_number_inventory (
  id text NOT NULL CONSTRAINT phone_number_inventory_pkey PRIMARY KEY,
  "phoneNumber" text NOT NULL,
  "ezTextingNumberId" text,
  "areaCode" text NOT NULL,
  status "PhoneNumberStatus" NOT NULL DEFAULT 'AVAILABLE',
  "currentBusinessId" text,
  "previousBusinessId" text,
  "assignedAt" timestamp(3),
  "releasedAt" timestamp(3),
  "purchasedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "monthlyPrice" double precision,
  source text NOT NULL DEFAULT 'eztexting',
  notes text,
  "cooldownUntil" timestamp(3),
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL
);

CREATE TABLE customer_lists (
  id text NOT NULL CONSTRAINT customer_lists_pkey PRIMARY KEY,
  name text NOT NULL,
  description text,
  color text,
  "isActive" boolean NOT NULL DEFAULT true,
  "businessCustomerId" text NOT NULL,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL
);

CREATE TABLE customer_list_members (
  id text NOT NULL CONSTRAINT customer_list_members_pkey PRIMARY KEY,
  "customerListId" text NOT NULL,
  "customerId" text NOT NULL,
  "addedAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "addedBy" text,
  notes text
);

CREATE TABLE menus (
  id text NOT NULL CONSTRAINT menus_pkey PRIMARY KEY,
  date date NOT NULL,
  title text,
  "isActive" boolean NOT NULL DEFAULT false,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL
);

CREATE TABLE menu_items (
  id text NOT NULL CONSTRAINT menu_items_pkey PRIMARY KEY,
  "menuId" text NOT NULL,
  name text NOT NULL,
  description text,
  price integer NOT NULL,
  "isAvailable" boolean NOT NULL DEFAULT true,
  category text,
  "imageUrl" text
);

CREATE TABLE orders (
  id text NOT NULL CONSTRAINT orders_pkey PRIMARY KEY,
  "customerId" text NOT NULL,
  "businessId" text,
  "menuId" text NOT NULL,
  items jsonb NOT NULL,
  "totalAmount" integer NOT NULL,
  "platformFee" integer,
  status "OrderStatus" NOT NULL DEFAULT 'PENDING',
  "paymentId" text,
  "paymentUrl" text,
  "deliveryTime" text,
  notes text,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL
);

CREATE TABLE sms_logs (
  id text NOT NULL CONSTRAINT sms_logs_pkey PRIMARY KEY,
  "customerId" text,
  direction "SmsDirection" NOT NULL,
  message text NOT NULL,
  status "SmsStatus" NOT NULL DEFAULT 'SENT',
  "twilioSid" text,
  "errorCode" text,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE admin_users (
  id text NOT NULL CONSTRAINT admin_users_pkey PRIMARY KEY,
  email text NOT NULL,
  password text NOT NULL,
  name text NOT NULL,
  role text NOT NULL DEFAULT 'admin',
  "isActive" boolean NOT NULL DEFAULT true,
  "createdAt" timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updatedAt" timestamp(3) NOT NULL
);

CREATE UNIQUE INDEX "customers_phoneNumber_key" ON customers ("phoneNumber");
CREATE UNIQUE INDEX promo_codes_code_key ON promo_codes (code);
CREATE UNIQUE INDEX "business_customers_contactEmail_key" ON business_customers ("contactEmail");
CREATE UNIQUE INDEX "business_customers_assignedPhoneNumber_key" ON business_customers ("assignedPhoneNumber");
CREATE UNIQUE INDEX "business_customers_stripeConnectAccountId_key" ON business_customers ("stripeConnectAccountId");
CREATE UNIQUE INDEX "business_customers_stripeCustomerId_key" ON business_customers ("stripeCustomerId");
CREATE UNIQUE INDEX "business_customers_stripeSubscriptionId_key" ON business_customers ("stripeSubscriptionId");
CREATE UNIQUE INDEX "business_customers_ezTextingNumberId_key" ON business_customers ("ezTextingNumberId");
CREATE UNIQUE INDEX "phone_number_inventory_phoneNumber_key" ON phone_number_inventory ("phoneNumber");
CREATE UNIQUE INDEX "phone_number_inventory_ezTextingNumberId_key" ON phone_number_inventory ("ezTextingNumberId");
CREATE INDEX phone_number_inventory_status_idx ON phone_number_inventory (status);
CREATE INDEX "phone_number_inventory_areaCode_idx" ON phone_number_inventory ("areaCode");
CREATE INDEX "phone_number_inventory_currentBusinessId_idx" ON phone_number_inventory ("currentBusinessId");
CREATE UNIQUE INDEX "customer_list_members_customerListId_customerId_key" ON customer_list_members ("customerListId", "customerId");
CREATE UNIQUE INDEX menus_date_key ON menus (date);
CREATE UNIQUE INDEX admin_users_email_key ON admin_users (email);

ALTER TABLE business_customers ADD CONSTRAINT "business_customers_promoCodeId_fkey" FOREIGN KEY ("promoCodeId") REFERENCES promo_codes (id) ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE customer_lists ADD CONSTRAINT "customer_lists_businessCustomerId_fkey" FOREIGN KEY ("businessCustomerId") REFERENCES business_customers (id) ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE customer_list_members ADD CONSTRAINT "customer_list_members_customerListId_fkey" FOREIGN KEY ("customerListId") REFERENCES customer_lists (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE customer_list_members ADD CONSTRAINT "customer_list_members_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES customers (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE menu_items ADD CONSTRAINT "menu_items_menuId_fkey" FOREIGN KEY ("menuId") REFERENCES menus (id) ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE orders ADD CONSTRAINT "orders_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES customers (id) ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE orders ADD CONSTRAINT "orders_businessId_fkey" FOREIGN KEY ("businessId") REFERENCES business_customers (id) ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE orders ADD CONSTRAINT "orders_menuId_fkey" FOREIGN KEY ("menuId") REFERENCES menus (id) ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE sms_logs ADD CONSTRAINT "sms_logs_customerId_fkey" FOREIGN KEY ("customerId") REFERENCES customers (id) ON DELETE SET NULL ON UPDATE CASCADE;
