--! title: What the toolkit relies on is missing from the schema, or of another type
--! dimension: schema
--! level: fail
--! key: object
--! owner: engineering
--! why: Part of production was made by hand, and a check on a column that is not there proves nothing.
--! remedy: Apply the migration that creates it; add a constraint only after the check for its rows passes.
-- Reads the catalog only. Names of the newer generation are accepted beside those of production; nothing extra is a violation.
WITH expected_column (table_name, type, names) AS (
  VALUES
    ('customers', 'text', '{id,phoneNumber,name,email,category,notes}'),
    ('customers', 'bool', '{isActive}'),
    ('customers', 'jsonb', '{preferences}'),
    ('customers', '_text', '{tags}'),
    ('customers', 'timestamp', '{lastOrderAt,createdAt,updatedAt}'),
    ('customers', 'int4', '{totalOrders,totalSpent}'),
    ('business_customers', 'text', '{id,businessName,contactName,contactEmail,zipCode,assignedPhoneNumber,areaCode,city,state,subscriptionStatus,stripeConnectAccountId,stripeAccountStatus,stripeCustomerId,stripeSubscriptionId,ezTextingNumberId,promoCodeId,promoCodeUsed,subscriptionTier}'),
    ('business_customers', 'bool', '{isActive,onboardingCompleted,stripeOnboardingComplete,stripeDashboardEnabled,stripePayoutsEnabled,stripeChargesEnabled,stripeDetailsSubmitted,phoneNumberFeeWaived}'),
    ('business_customers', 'int4', '{monthlyLimit,currentUsage}'),
    ('business_customers', 'timestamp', '{numberProvisionedAt,createdAt,updatedAt}'),
    ('phone_number_inventory', 'text', '{id,phoneNumber,ezTextingNumberId,areaCode,currentBusinessId,previousBusinessId,source,notes}'),
    ('phone_number_inventory', 'PhoneNumberStatus', '{status}'),
    ('phone_number_inventory', 'timestamp', '{assignedAt,releasedAt,purchasedAt,cooldownUntil,createdAt,updatedAt}'),
    ('phone_number_inventory', 'float8', '{monthlyPrice}'),
    ('promo_codes', 'text', '{id,code,description}'),
    ('promo_codes', 'DiscountType', '{discountType}'),
    ('promo_codes', 'int4', '{discountValue,maxUses,currentUses}'),
    ('promo_codes', 'bool', '{freePhoneNumber,freeSubscription,isActive}'),
    ('promo_codes', 'timestamp', '{expiresAt,createdAt,updatedAt}'),
    ('customer_lists', 'text', '{id,name,description,color,businessCustomerId}'),
    ('customer_lists', 'bool', '{isActive}'),
    ('customer_lists', 'timestamp', '{createdAt,updatedAt}'),
    ('customer_list_members', 'text', '{id,customerListId,customerId,addedBy,notes}'),
    ('customer_list_members', 'timestamp', '{addedAt}'),
    ('menus', 'text', '{id,title}'),
    ('menus', 'date', '{date}'),
    ('menus', 'bool', '{isActive}'),
    ('menus', 'timestamp', '{createdAt,updatedAt}'),
    ('menu_items', 'text', '{id,menuId,name,description,category,imageUrl}'),
    ('menu_items', 'int4', '{price}'),
    ('menu_items', 'bool', '{isAvailable}'),
    ('orders', 'text', '{id,customerId,businessId,menuId,paymentId,paymentUrl,deliveryTime,notes}'),
    ('orders', 'jsonb', '{items}'),
    ('orders', 'int4', '{totalAmount,platformFee}'),
    ('orders', 'OrderStatus', '{status}'),
    ('orders', 'timestamp', '{createdAt,updatedAt}'),
    ('sms_logs', 'text', '{id,customerId,message,twilioSid,errorCode}'),
    ('sms_logs', 'SmsDirection', '{direction}'),
    ('sms_logs', 'SmsStatus', '{status}'),
    ('sms_logs', 'timestamp', '{createdAt}')
), expected_enum (type, labels) AS (
  VALUES
    ('OrderStatus', '{PENDING,CONFIRMED,PAID,PREPARING,READY,DELIVERED,CANCELLED}'),
    ('PhoneNumberStatus', '{AVAILABLE,ASSIGNED,RESERVED,COOLDOWN,RETIRED}'),
    ('SmsDirection', '{INBOUND,OUTBOUND}'),
    ('SmsStatus', '{SENT,DELIVERED,FAILED,RECEIVED}'),
    ('DiscountType', '{PERCENTAGE,FIXED_AMOUNT}')
), expected_unique (table_name, columns, newer_columns) AS ( -- columns in the order of their bytes
  VALUES
    ('customers', '{id}', NULL),
    ('business_customers', '{id}', NULL),
    ('phone_number_inventory', '{id}', NULL),
    ('promo_codes', '{id}', NULL),
    ('customer_lists', '{id}', NULL),
    ('customer_list_members', '{id}', NULL),
    ('menus', '{id}', NULL),
    ('menu_items', '{id}', NULL),
    ('orders', '{id}', NULL),
    ('sms_logs', '{id}', NULL),
    ('customers', '{phoneNumber}', '{businessId,phoneNumber}'),
    ('promo_codes', '{code}', NULL),
    ('business_customers', '{contactEmail}', NULL),
    ('business_customers', '{assignedPhoneNumber}', NULL),
    ('business_customers', '{stripeConnectAccountId}', NULL),
    ('business_customers', '{stripeCustomerId}', NULL),
    ('business_customers', '{stripeSubscriptionId}', NULL),
    ('business_customers', '{ezTextingNumberId}', '{providerNumberId}'),
    ('phone_number_inventory', '{phoneNumber}', NULL),
    ('phone_number_inventory', '{ezTextingNumberId}', '{providerNumberId}'),
    ('customer_list_members', '{customerId,customerListId}', NULL),
    ('menus', '{date}', '{businessId,date}')
), expected_reference (table_name, column_name, target) AS (
  VALUES
    ('business_customers', 'promoCodeId', 'promo_codes'),
    ('customer_lists', 'businessCustomerId', 'business_customers'),
    ('customer_list_members', 'customerListId', 'customer_lists'),
    ('customer_list_members', 'customerId', 'customers'),
    ('menu_items', 'menuId', 'menus'),
    ('orders', 'customerId', 'customers'),
    ('orders', 'businessId', 'business_customers'),
    ('orders', 'menuId', 'menus'),
    ('sms_logs', 'customerId', 'customers')
), found_table AS (
  SELECT c.oid, c.relname::text AS table_name
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
), found_column AS (
  SELECT t.oid, t.table_name, a.attnum, t2.typname::text AS type,
    CASE WHEN a.attname = 'providerNumberId' THEN 'ezTextingNumberId' ELSE a.attname::text END AS column_name
  FROM found_table t
  JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t2 ON t2.oid = a.atttypid
), found_unique AS (
  SELECT t.table_name, (
      SELECT array_agg(a.attname::text ORDER BY a.attname::text COLLATE "C")
      FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
      WHERE k.place <= i.indnkeyatts
    ) AS columns
  FROM found_table t
  JOIN pg_catalog.pg_index i ON i.indrelid = t.oid
  WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
), wanted_column AS (
  SELECT e.table_name, e.type, name AS column_name
  FROM expected_column e
  CROSS JOIN LATERAL unnest(e.names::text[]) AS name
  JOIN found_table t USING (table_name)
)
SELECT 'table ' || e.table_name AS object, 'table' AS expected, 'missing' AS found
FROM (SELECT DISTINCT table_name FROM expected_column) e
WHERE NOT EXISTS (SELECT FROM found_table t WHERE t.table_name = e.table_name)
UNION ALL
SELECT 'column ' || e.table_name || '.' || e.column_name, e.type, coalesce((
    SELECT c.type FROM found_column c WHERE c.table_name = e.table_name AND c.column_name = e.column_name LIMIT 1
  ), 'missing')
FROM wanted_column e
WHERE NOT EXISTS (
  SELECT FROM found_column c WHERE c.table_name = e.table_name AND c.column_name = e.column_name AND c.type = e.type
)
UNION ALL
SELECT 'enum value ' || e.type || '.' || label, label, 'missing'
FROM expected_enum e
CROSS JOIN LATERAL unnest(e.labels::text[]) AS label
WHERE NOT EXISTS (
  SELECT
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  JOIN pg_catalog.pg_enum v ON v.enumtypid = t.oid
  WHERE n.nspname = 'public' AND t.typname = e.type AND v.enumlabel = label
)
UNION ALL
SELECT 'unique index ' || e.table_name || ' (' || array_to_string(e.columns::text[], ', ') || ')', 'unique', 'missing'
FROM expected_unique e
JOIN found_table t USING (table_name)
WHERE NOT EXISTS (
  SELECT
  FROM found_unique u
  WHERE u.table_name = e.table_name
    AND (u.columns = e.columns::text[] OR u.columns = e.newer_columns::text[])
)
UNION ALL
SELECT 'foreign key ' || e.table_name || '.' || e.column_name || ' -> ' || e.target, e.target, 'missing'
FROM expected_reference e
JOIN found_table t ON t.table_name = e.table_name
JOIN found_table target ON target.table_name = e.target
WHERE NOT EXISTS (
  SELECT
  FROM pg_catalog.pg_constraint r
  JOIN found_column c ON c.oid = r.conrelid AND r.conkey = ARRAY[c.attnum]
  WHERE r.contype = 'f' AND r.conrelid = t.oid AND r.confrelid = target.oid AND c.column_name = e.column_name
)
