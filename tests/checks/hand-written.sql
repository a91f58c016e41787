-- The checks of the catalogue as one would write them by hand in psql, independent of checks/: a second opinion that
-- the tests compare with. For the production generation, with the default parameters. :now is UTC without a time zone:
-- psql -v now='2025-06-15 14:00:00' -f hand-written.sql

-- check: customers.name-missing
SELECT count(*) AS violations
FROM customers
WHERE "isActive"
  AND (name IS NULL OR name !~ '[^[:space:]]');

-- check: customers.email-missing
SELECT count(*) AS violations
FROM customers
WHERE "isActive"
  AND (email IS NULL OR email !~ '[^[:space:]]');

-- check: businesses.location-missing
SELECT count(*) AS violations
FROM business_customers
WHERE (city IS NULL OR city !~ '[^[:space:]]')
  OR (state IS NULL OR state !~ '[^[:space:]]');

-- check: orders.platform-fee-missing
SELECT count(*) AS violations,
  coalesce(sum(("totalAmount"::bigint * 2 + 50) / 100), 0)::numeric AS cents
FROM orders
WHERE status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')
  AND "platformFee" IS NULL;

-- check: orders.business-missing
SELECT count(*) AS violations
FROM orders
WHERE "businessId" IS NULL;

-- check: orders.delivery-time-missing
SELECT count(*) AS violations
FROM orders
WHERE status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')
  AND "createdAt" BETWEEN :'now'::timestamp - interval '30 days' AND :'now'::timestamp
  AND ("deliveryTime" IS NULL OR "deliveryTime" !~ '[^[:space:]]');

-- check: orders.payment-missing
SELECT count(*) AS violations,
  coalesce(sum("totalAmount"), 0)::numeric AS cents
FROM orders
WHERE status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')
  AND ("paymentId" IS NULL OR "paymentId" !~ '[^[:space:]]');

-- check: sms.error-code-missing
SELECT count(*) AS violations
FROM sms_logs
WHERE status = 'FAILED'
  AND ("errorCode" IS NULL OR "errorCode" !~ '[^[:space:]]');

-- check: sms.customer-missing
SELECT count(*) AS violations
FROM sms_logs
WHERE "customerId" IS NULL;

-- check: sms.provider-id-missing
SELECT count(*) AS violations
FROM sms_logs
WHERE direction = 'OUTBOUND'
  AND status <> 'FAILED'
  AND "twilioSid" IS NULL;

-- check: customers.phone-not-e164
SELECT count(*) AS violations
FROM customers
WHERE "phoneNumber" !~ '^\+[1-9][0-9]{7,14}$';

-- check: businesses.phone-not-e164
SELECT count(*) AS violations
FROM business_customers
WHERE "assignedPhoneNumber" IS NOT NULL
  AND "assignedPhoneNumber" !~ '^\+[1-9][0-9]{7,14}$';

-- check: phones.number-not-e164
SELECT count(*) AS violations
FROM phone_number_inventory
WHERE "phoneNumber" !~ '^\+[1-9][0-9]{7,14}$';

-- check: phones.area-code-mismatch
SELECT count(*) AS violations
FROM phone_number_inventory
WHERE "phoneNumber" LIKE '+1%'
  AND substring("phoneNumber" FROM 3 FOR 3) <> "areaCode";

-- check: customers.email-malformed
SELECT count(*) AS violations
FROM customers
WHERE email IS NOT NULL
  AND email !~ '^[^@[:space:]]+@[^@.[:space:]]+(\.[^@.[:space:]]+)+$';

-- check: customers.name-suspicious
SELECT count(*) AS violations
FROM customers
WHERE length(name) > 60
  OR name ~ '[\r\n]'
  OR name ~* '://|www\.|[[:alnum:]]\.(com|net|org|info|biz|io|ly)\M'
  OR lower(name) IN ('menu', 'm', 'order', 'o', 'confirm', 'yes', 'y', 'cancel', 'help', 'stop', 'start',
                     'subscribe', 'unsubscribe');

-- check: customers.category-unknown
SELECT count(*) AS violations
FROM customers
WHERE category IS NOT NULL
  AND category NOT IN ('New', 'Regular', 'Frequent', 'Occasional', 'One-time', 'VIP', 'At-Risk', 'Lost');

-- check: customers.tags-unknown
SELECT count(*) AS violations
FROM customers
WHERE EXISTS (
  SELECT 1
  FROM unnest(tags) AS tag
  WHERE tag NOT IN ('New', 'Regular', 'Frequent', 'Occasional', 'One-time', 'VIP', 'At-Risk', 'Lost')
);

-- check: customers.preferences-malformed
SELECT count(*) AS violations
FROM customers
WHERE preferences IS NOT NULL
  AND jsonb_typeof(preferences) NOT IN ('object', 'null');

-- check: customers.totals-negative
SELECT count(*) AS violations
FROM customers
WHERE "totalOrders" < 0
  OR "totalSpent" < 0;

-- check: orders.amount-negative
SELECT count(*) AS violations,
  coalesce(sum(abs("totalAmount"::bigint)), 0)::numeric AS cents
FROM orders
WHERE "totalAmount" < 0;

-- check: orders.amount-zero
SELECT count(*) AS violations
FROM orders
WHERE status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')
  AND "totalAmount" = 0;

-- check: orders.items-malformed
WITH element AS (
  SELECT o.id, e.item
  FROM orders AS o
  CROSS JOIN jsonb_array_elements(CASE WHEN jsonb_typeof(o.items) = 'array' THEN o.items ELSE '[]' END) AS e (item)
  UNION ALL
  SELECT o.id, e.item
  FROM orders AS o
  CROSS JOIN jsonb_each(CASE WHEN jsonb_typeof(o.items) = 'object' THEN o.items ELSE '{}' END) AS e (key, item)
), judged AS (
  SELECT element.*,
    CASE
      WHEN jsonb_typeof(item) <> 'object' THEN false
      WHEN jsonb_typeof(item -> 'name') IS DISTINCT FROM 'string' THEN false
      WHEN item ->> 'name' !~ '[^[:space:]]' THEN false
      WHEN jsonb_typeof(item -> 'price') IS DISTINCT FROM 'number' THEN false
      WHEN (item ->> 'price')::numeric < 0 THEN false
      WHEN (item ->> 'price')::numeric <> trunc((item ->> 'price')::numeric) THEN false
      WHEN item -> 'quantity' IS NULL THEN true
      WHEN jsonb_typeof(item -> 'quantity') <> 'number' THEN false
      WHEN (item ->> 'quantity')::numeric < 1 THEN false
      ELSE (item ->> 'quantity')::numeric = trunc((item ->> 'quantity')::numeric)
    END AS good
  FROM element
), well_formed AS (
  SELECT id
  FROM judged
  GROUP BY id
  HAVING bool_and(good)
)
SELECT count(*) AS violations
FROM orders AS o
WHERE NOT EXISTS (SELECT 1 FROM well_formed AS w WHERE w.id = o.id);

-- check: orders.payment-is-demo
SELECT count(*) AS violations,
  coalesce(sum("totalAmount"), 0)::numeric AS cents
FROM orders
WHERE status IN ('CONFIRMED', 'PAID', 'PREPARING', 'READY', 'DELIVERED')
  AND left("paymentId", 5) = 'demo_';

-- check: menu-items.price-negative
SELECT count(*) AS violations
FROM menu_items
WHERE price < 0;

-- check: menu-items.price-too-high
SELECT count(*) AS violations
FROM menu_items
WHERE price > 50000;

-- check: businesses.subscription-status-unknown
SELECT count(*) AS violations
FROM business_customers
WHERE "subscriptionStatus" NOT IN ('trial', 'active', 'suspended', 'cancelled');

-- check: businesses.tier-unknown
SELECT count(*) AS violations
FROM business_customers
WHERE "subscriptionTier" IS NOT NULL
  AND "subscriptionTier" NOT IN ('starter', 'pro');

-- check: businesses.zip-malformed
SELECT count(*) AS violations
FROM business_customers
WHERE "zipCode" !~ '^[0-9]{5}(-[0-9]{4})?$';

-- check: promo-codes.discount-out-of-range
SELECT count(*) AS violations
FROM promo_codes
WHERE ("discountType" = 'PERCENTAGE' AND "discountValue" NOT BETWEEN 1 AND 100)
  OR ("discountType" = 'FIXED_AMOUNT' AND "discountValue" <= 0);

-- check: customers.total-orders-drift
WITH sold AS (
  SELECT "customerId", count(*) AS orders
  FROM orders
  WHERE status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')
  GROUP BY "customerId"
)
SELECT count(*) AS violations
FROM customers AS c
LEFT JOIN sold AS s ON s."customerId" = c.id
WHERE c."totalOrders" <> coalesce(s.orders, 0);

-- check: customers.total-spent-drift
WITH sold AS (
  SELECT "customerId", sum("totalAmount") AS spent
  FROM orders
  WHERE status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')
  GROUP BY "customerId"
)
SELECT count(*) AS violations, coalesce(sum(abs(c."totalSpent" - coalesce(s.spent, 0))), 0)::numeric AS cents
FROM customers AS c
LEFT JOIN sold AS s ON s."customerId" = c.id
WHERE c."totalSpent" <> coalesce(s.spent, 0);

-- check: customers.last-order-drift
WITH sold AS (
  SELECT "customerId", max("createdAt") AS newest
  FROM orders
  WHERE status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')
  GROUP BY "customerId"
)
SELECT count(*) AS violations
FROM customers AS c
LEFT JOIN sold AS s ON s."customerId" = c.id
WHERE c."lastOrderAt" > s.newest + interval '24 hours'
  OR c."lastOrderAt" < s.newest - interval '24 hours'
  OR (c."lastOrderAt" IS NULL) <> (s.newest IS NULL);

-- check: orders.platform-fee-wrong
SELECT count(*) AS violations,
  coalesce(sum(abs("platformFee" - ("totalAmount"::bigint * 2 + 50) / 100)), 0)::numeric AS cents
FROM orders
WHERE status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')
  AND "platformFee" IS NOT NULL
  AND "platformFee" <> ("totalAmount"::bigint * 2 + 50) / 100;

-- check: orders.amount-vs-items
WITH element AS (
  SELECT o.id, e.item
  FROM orders AS o
  CROSS JOIN jsonb_array_elements(CASE WHEN jsonb_typeof(o.items) = 'array' THEN o.items ELSE '[]' END) AS e (item)
  UNION ALL
  SELECT o.id, e.item
  FROM orders AS o
  CROSS JOIN jsonb_each(CASE WHEN jsonb_typeof(o.items) = 'object' THEN o.items ELSE '{}' END) AS e (key, item)
), judged AS (
  SELECT element.*,
    CASE
      WHEN jsonb_typeof(item) <> 'object' THEN false
      WHEN jsonb_typeof(item -> 'name') IS DISTINCT FROM 'string' THEN false
      WHEN item ->> 'name' !~ '[^[:space:]]' THEN false
      WHEN jsonb_typeof(item -> 'price') IS DISTINCT FROM 'number' THEN false
      WHEN (item ->> 'price')::numeric < 0 THEN false
      WHEN (item ->> 'price')::numeric <> trunc((item ->> 'price')::numeric) THEN false
      WHEN item -> 'quantity' IS NULL THEN true
      WHEN jsonb_typeof(item -> 'quantity') <> 'number' THEN false
      WHEN (item ->> 'quantity')::numeric < 1 THEN false
      ELSE (item ->> 'quantity')::numeric = trunc((item ->> 'quantity')::numeric)
    END AS good
  FROM element
), priced AS (
  SELECT id,
    sum(CASE WHEN good THEN (item ->> 'price')::numeric * coalesce((item ->> 'quantity')::numeric, 1) END) AS amount
  FROM judged
  GROUP BY id
  HAVING bool_and(good)
)
SELECT count(*) AS violations, coalesce(sum(abs(o."totalAmount" - p.amount)), 0)::numeric AS cents
FROM orders AS o
JOIN priced AS p ON p.id = o.id
WHERE o."totalAmount" <> p.amount;

-- check: promo-codes.overused
SELECT count(*) AS violations
FROM promo_codes
WHERE "currentUses" > "maxUses";

-- check: promo-codes.usage-drift
WITH used AS (
  SELECT "promoCodeId", count(*) AS businesses
  FROM business_customers
  GROUP BY "promoCodeId"
)
SELECT count(*) AS violations
FROM promo_codes AS p
LEFT JOIN used AS u ON u."promoCodeId" = p.id
WHERE p."currentUses" <> coalesce(u.businesses, 0);

-- check: phones.assigned-without-business
SELECT count(*) AS violations
FROM phone_number_inventory
WHERE status = 'ASSIGNED'
  AND "currentBusinessId" IS NULL;

-- check: phones.business-while-unassigned
SELECT count(*) AS violations
FROM phone_number_inventory
WHERE status IN ('AVAILABLE', 'COOLDOWN', 'RETIRED')
  AND "currentBusinessId" IS NOT NULL;

-- check: phones.business-number-mismatch
SELECT count(*) AS violations
FROM phone_number_inventory AS n
JOIN business_customers AS b ON b.id = n."currentBusinessId"
WHERE n.status = 'ASSIGNED'
  AND b."assignedPhoneNumber" IS DISTINCT FROM n."phoneNumber";

-- check: businesses.number-not-in-inventory
SELECT count(*) AS violations
FROM business_customers AS b
WHERE b."assignedPhoneNumber" IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM phone_number_inventory AS n WHERE n."phoneNumber" = b."assignedPhoneNumber");

-- check: businesses.active-but-disabled
SELECT count(*) AS violations
FROM business_customers
WHERE "subscriptionStatus" = 'active'
  AND NOT "isActive";

-- check: businesses.stripe-flags-inconsistent
SELECT count(*) AS violations
FROM business_customers
WHERE "stripeOnboardingComplete" <>
  ("stripeChargesEnabled" AND "stripePayoutsEnabled" AND "stripeDetailsSubmitted");

-- check: businesses.usage-over-limit
SELECT count(*) AS violations
FROM business_customers
WHERE "currentUsage" > "monthlyLimit";

-- check: sms.direction-status-mismatch
SELECT count(*) AS violations
FROM sms_logs
WHERE (direction = 'INBOUND' AND status <> 'RECEIVED')
  OR (direction = 'OUTBOUND' AND status = 'RECEIVED');

-- check: customers.duplicate-phone
WITH digits AS (
  SELECT regexp_replace("phoneNumber", '[^0-9]', '', 'g') AS digits
  FROM customers
), shared AS (
  SELECT right(digits, 10) AS last_ten, count(*) AS members
  FROM digits
  WHERE length(digits) >= 10
  GROUP BY right(digits, 10)
  HAVING count(*) > 1
)
SELECT coalesce(sum(members), 0)::bigint AS violations
FROM shared;

-- check: customers.duplicate-email
WITH address AS (
  SELECT lower(regexp_replace(email, '^[[:space:]]+|[[:space:]]+$', '', 'g')) AS address
  FROM customers
), shared AS (
  SELECT address, count(*) AS members
  FROM address
  WHERE address <> ''
  GROUP BY address
  HAVING count(*) > 1
)
SELECT coalesce(sum(members), 0)::bigint AS violations
FROM shared;

-- check: orders.possible-duplicate
SELECT count(*) AS violations, coalesce(sum(o."totalAmount"), 0)::numeric AS cents
FROM orders AS o
WHERE o.status <> 'CANCELLED'
  AND EXISTS (
    SELECT 1
    FROM orders AS earlier
    WHERE earlier."customerId" = o."customerId"
      AND earlier.items = o.items
      AND earlier."totalAmount" = o."totalAmount"
      AND earlier.status <> 'CANCELLED'
      AND (earlier."createdAt", earlier.id) < (o."createdAt", o.id)
      AND earlier."createdAt" >= o."createdAt" - interval '120 seconds'
  );

-- check: sms.duplicate-provider-id
WITH shared AS (
  SELECT "twilioSid", count(*) AS members
  FROM sms_logs
  WHERE "twilioSid" IS NOT NULL
  GROUP BY "twilioSid"
  HAVING count(*) > 1
)
SELECT coalesce(sum(members), 0)::bigint AS violations
FROM shared;

-- check: businesses.shared-number
WITH digits AS (
  SELECT regexp_replace("assignedPhoneNumber", '[^0-9]', '', 'g') AS digits
  FROM business_customers
), shared AS (
  SELECT right(digits, 10) AS last_ten, count(*) AS members
  FROM digits
  WHERE length(digits) >= 10
  GROUP BY right(digits, 10)
  HAVING count(*) > 1
)
SELECT coalesce(sum(members), 0)::bigint AS violations
FROM shared;

-- check: phones.several-per-business
WITH shared AS (
  SELECT "currentBusinessId", count(*) AS members
  FROM phone_number_inventory
  WHERE status = 'ASSIGNED'
    AND "currentBusinessId" IS NOT NULL
  GROUP BY "currentBusinessId"
  HAVING count(*) > 1
)
SELECT coalesce(sum(members), 0)::bigint AS violations
FROM shared;

-- check: orders.customer-orphan
SELECT count(*) AS violations
FROM orders AS t
WHERE NOT EXISTS (SELECT 1 FROM customers AS r WHERE r.id = t."customerId");

-- check: orders.business-orphan
SELECT count(*) AS violations
FROM orders AS t
WHERE t."businessId" IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM business_customers AS r WHERE r.id = t."businessId");

-- check: orders.menu-orphan
SELECT count(*) AS violations
FROM orders AS t
WHERE NOT EXISTS (SELECT 1 FROM menus AS r WHERE r.id = t."menuId");

-- check: sms.customer-orphan
SELECT count(*) AS violations
FROM sms_logs AS t
WHERE t."customerId" IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM customers AS r WHERE r.id = t."customerId");

-- check: list-members.orphan
SELECT count(*) AS violations
FROM customer_list_members AS m
WHERE NOT EXISTS (SELECT 1 FROM customer_lists AS l WHERE l.id = m."customerListId")
  OR NOT EXISTS (SELECT 1 FROM customers AS c WHERE c.id = m."customerId");

-- check: orders.menu-item-unknown
WITH element AS (
  SELECT o.id, e.item ->> 'menuItemId' AS menu_item_id, e.item
  FROM orders AS o
  CROSS JOIN jsonb_array_elements(CASE WHEN jsonb_typeof(o.items) = 'array' THEN o.items ELSE '[]' END) AS e (item)
  UNION ALL
  SELECT o.id, e.key AS menu_item_id, e.item
  FROM orders AS o
  CROSS JOIN jsonb_each(CASE WHEN jsonb_typeof(o.items) = 'object' THEN o.items ELSE '{}' END) AS e (key, item)
), judged AS (
  SELECT element.*,
    CASE
      WHEN jsonb_typeof(item) <> 'object' THEN false
      WHEN jsonb_typeof(item -> 'name') IS DISTINCT FROM 'string' THEN false
      WHEN item ->> 'name' !~ '[^[:space:]]' THEN false
      WHEN jsonb_typeof(item -> 'price') IS DISTINCT FROM 'number' THEN false
      WHEN (item ->> 'price')::numeric < 0 THEN false
      WHEN (item ->> 'price')::numeric <> trunc((item ->> 'price')::numeric) THEN false
      WHEN item -> 'quantity' IS NULL THEN true
      WHEN jsonb_typeof(item -> 'quantity') <> 'number' THEN false
      WHEN (item ->> 'quantity')::numeric < 1 THEN false
      ELSE (item ->> 'quantity')::numeric = trunc((item ->> 'quantity')::numeric)
    END AS good
  FROM element
), well_formed AS (
  SELECT id
  FROM judged
  GROUP BY id
  HAVING bool_and(good)
)
SELECT count(DISTINCT e.id) AS violations
FROM element AS e
JOIN well_formed AS w ON w.id = e.id
WHERE e.menu_item_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM menu_items AS m WHERE m.id = e.menu_item_id);

-- check: phones.business-orphan
SELECT count(*) AS violations
FROM phone_number_inventory AS t
WHERE t."currentBusinessId" IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM business_customers AS r WHERE r.id = t."currentBusinessId");

-- check: phones.assigned-to-inactive-business
SELECT count(*) AS violations
FROM phone_number_inventory AS n
JOIN business_customers AS b ON b.id = n."currentBusinessId"
WHERE n.status = 'ASSIGNED'
  AND (NOT b."isActive" OR b."subscriptionStatus" IN ('cancelled', 'canceled'));

-- check: orders.stale-pending
SELECT count(*) AS violations,
  coalesce(sum("totalAmount"), 0)::numeric AS cents
FROM orders
WHERE status = 'PENDING'
  AND "createdAt" < :'now'::timestamp - interval '24 hours';

-- check: orders.stale-confirmed
SELECT count(*) AS violations,
  coalesce(sum("totalAmount"), 0)::numeric AS cents
FROM orders
WHERE status = 'CONFIRMED'
  AND "createdAt" < :'now'::timestamp - interval '24 hours';

-- check: orders.stale-in-progress
SELECT count(*) AS violations
FROM orders
WHERE status IN ('PAID', 'PREPARING', 'READY')
  AND "updatedAt" < :'now'::timestamp - interval '24 hours';

-- check: sms.stuck-sent
SELECT count(*) AS violations
FROM sms_logs
WHERE direction = 'OUTBOUND'
  AND status = 'SENT'
  AND "createdAt" < :'now'::timestamp - interval '1 hour';

-- check: orders.freshness
SELECT extract(epoch FROM :'now'::timestamp - max("createdAt")) / 3600 AS value
FROM orders
WHERE "createdAt" <= :'now'::timestamp + interval '5 minutes';

-- check: sms.freshness
SELECT extract(epoch FROM :'now'::timestamp - max("createdAt")) / 3600 AS value
FROM sms_logs
WHERE "createdAt" <= :'now'::timestamp + interval '5 minutes';

-- check: menus.today-missing
SELECT CASE WHEN count(*) = 0 THEN 1 ELSE 0 END::bigint AS violations
FROM menus AS m
JOIN menu_items AS i ON i."menuId" = m.id
WHERE m.date = (:'now'::timestamp AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York')::date
  AND m."isActive"
  AND i."isAvailable";

-- check: orders.time-travel
SELECT count(*) AS violations
FROM orders
WHERE "createdAt" > :'now'::timestamp + interval '5 minutes'
  OR "updatedAt" < "createdAt";

-- check: orders.before-signup
SELECT count(*) AS violations
FROM orders AS o
JOIN customers AS c ON c.id = o."customerId"
WHERE o."createdAt" < c."createdAt" - interval '5 minutes';

-- check: phones.cooldown-violation
SELECT count(*) AS violations
FROM phone_number_inventory
WHERE status IN ('AVAILABLE', 'RESERVED', 'ASSIGNED')
  AND "cooldownUntil" > :'now'::timestamp;

-- check: phones.cooldown-missing
SELECT count(*) AS violations
FROM phone_number_inventory
WHERE status = 'COOLDOWN'
  AND "cooldownUntil" IS NULL;

-- check: phones.cooldown-too-short
SELECT count(*) AS violations
FROM phone_number_inventory
WHERE "cooldownUntil" < "releasedAt" + interval '30 days' - interval '1 hour';

-- check: phones.cooldown-overdue
SELECT count(*) AS violations
FROM phone_number_inventory
WHERE status = 'COOLDOWN'
  AND "cooldownUntil" < :'now'::timestamp - interval '24 hours';

-- check: phones.reserved-stale
SELECT count(*) AS violations
FROM phone_number_inventory
WHERE status = 'RESERVED'
  AND "updatedAt" < :'now'::timestamp - interval '24 hours';

-- check: orders.daily-count-anomaly
WITH clock AS (
  SELECT (:'now'::timestamp AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York')::date - 1 AS yesterday
), daily AS (
  SELECT ("createdAt" AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York')::date AS day,
    (count(*))::float8 AS amount
  FROM orders
  GROUP BY 1
), history AS (
  SELECT coalesce(d.amount, 0) AS amount
  FROM clock AS c
  CROSS JOIN generate_series(1, 8) AS weeks
  LEFT JOIN daily AS d ON d.day = c.yesterday - 7 * weeks
), middle AS (
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) AS median
  FROM history
), spread AS (
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(h.amount - m.median)) AS mad
  FROM history AS h
  CROSS JOIN middle AS m
)
SELECT CASE
    WHEN (SELECT min(day) FROM daily) <= c.yesterday - 28
    THEN abs(coalesce(y.amount, 0) - m.median) / greatest(1.4826 * s.mad, 0.05 * m.median, 1)
  END AS value
FROM clock AS c
CROSS JOIN middle AS m
CROSS JOIN spread AS s
LEFT JOIN daily AS y ON y.day = c.yesterday;

-- check: orders.daily-revenue-anomaly
WITH clock AS (
  SELECT (:'now'::timestamp AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York')::date - 1 AS yesterday
), daily AS (
  SELECT ("createdAt" AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York')::date AS day,
    (sum("totalAmount") FILTER (WHERE status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')))::float8 AS amount
  FROM orders
  GROUP BY 1
), history AS (
  SELECT coalesce(d.amount, 0) AS amount
  FROM clock AS c
  CROSS JOIN generate_series(1, 8) AS weeks
  LEFT JOIN daily AS d ON d.day = c.yesterday - 7 * weeks
), middle AS (
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) AS median
  FROM history
), spread AS (
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(h.amount - m.median)) AS mad
  FROM history AS h
  CROSS JOIN middle AS m
)
SELECT CASE
    WHEN (SELECT min(day) FROM daily) <= c.yesterday - 28
    THEN abs(coalesce(y.amount, 0) - m.median) / greatest(1.4826 * s.mad, 0.05 * m.median, 1000)
  END AS value
FROM clock AS c
CROSS JOIN middle AS m
CROSS JOIN spread AS s
LEFT JOIN daily AS y ON y.day = c.yesterday;

-- check: sms.failure-rate
SELECT CASE
    WHEN count(*) >= 20 THEN count(*) FILTER (WHERE status = 'FAILED')::numeric / count(*)
  END AS value
FROM sms_logs
WHERE direction = 'OUTBOUND'
  AND "createdAt" >= :'now'::timestamp - interval '24 hours';

-- check: sms.delivery-rate
SELECT CASE
    WHEN count(*) >= 20 THEN count(*) FILTER (WHERE status = 'DELIVERED')::numeric / count(*)
  END AS value
FROM sms_logs
WHERE direction = 'OUTBOUND'
  AND "createdAt" BETWEEN :'now'::timestamp - interval '7 days' AND :'now'::timestamp - interval '1 hour';

-- check: schema.drift
WITH expected_column (table_name, column_name, newer_name, type_name) AS (
  VALUES
    ('customers', 'id', 'id', 'text'),
    ('customers', 'phoneNumber', 'phoneNumber', 'text'),
    ('customers', 'name', 'name', 'text'),
    ('customers', 'email', 'email', 'text'),
    ('customers', 'isActive', 'isActive', 'bool'),
    ('customers', 'preferences', 'preferences', 'jsonb'),
    ('customers', 'tags', 'tags', '_text'),
    ('customers', 'category', 'category', 'text'),
    ('customers', 'notes', 'notes', 'text'),
    ('customers', 'lastOrderAt', 'lastOrderAt', 'timestamp'),
    ('customers', 'totalOrders', 'totalOrders', 'int4'),
    ('customers', 'totalSpent', 'totalSpent', 'int4'),
    ('customers', 'createdAt', 'createdAt', 'timestamp'),
    ('customers', 'updatedAt', 'updatedAt', 'timestamp'),
    ('promo_codes', 'id', 'id', 'text'),
    ('promo_codes', 'code', 'code', 'text'),
    ('promo_codes', 'discountType', 'discountType', 'DiscountType'),
    ('promo_codes', 'discountValue', 'discountValue', 'int4'),
    ('promo_codes', 'freePhoneNumber', 'freePhoneNumber', 'bool'),
    ('promo_codes', 'freeSubscription', 'freeSubscription', 'bool'),
    ('promo_codes', 'isActive', 'isActive', 'bool'),
    ('promo_codes', 'maxUses', 'maxUses', 'int4'),
    ('promo_codes', 'currentUses', 'currentUses', 'int4'),
    ('promo_codes', 'description', 'description', 'text'),
    ('promo_codes', 'expiresAt', 'expiresAt', 'timestamp'),
    ('promo_codes', 'createdAt', 'createdAt', 'timestamp'),
    ('promo_codes', 'updatedAt', 'updatedAt', 'timestamp'),
    ('business_customers', 'id', 'id', 'text'),
    ('business_customers', 'businessName', 'businessName', 'text'),
    ('business_customers', 'contactName', 'contactName', 'text'),
    ('business_customers', 'contactEmail', 'contactEmail', 'text'),
    ('business_customers', 'zipCode', 'zipCode', 'text'),
    ('business_customers', 'assignedPhoneNumber', 'assignedPhoneNumber', 'text'),
    ('business_customers', 'areaCode', 'areaCode', 'text'),
    ('business_customers', 'city', 'city', 'text'),
    ('business_customers', 'state', 'state', 'text'),
    ('business_customers', 'isActive', 'isActive', 'bool'),
    ('business_customers', 'onboardingCompleted', 'onboardingCompleted', 'bool'),
    ('business_customers', 'subscriptionStatus', 'subscriptionStatus', 'text'),
    ('business_customers', 'monthlyLimit', 'monthlyLimit', 'int4'),
    ('business_customers', 'currentUsage', 'currentUsage', 'int4'),
    ('business_customers', 'stripeConnectAccountId', 'stripeConnectAccountId', 'text'),
    ('business_customers', 'stripeAccountStatus', 'stripeAccountStatus', 'text'),
    ('business_customers', 'stripeOnboardingComplete', 'stripeOnboardingComplete', 'bool'),
    ('business_customers', 'stripeDashboardEnabled', 'stripeDashboardEnabled', 'bool'),
    ('business_customers', 'stripePayoutsEnabled', 'stripePayoutsEnabled', 'bool'),
    ('business_customers', 'stripeChargesEnabled', 'stripeChargesEnabled', 'bool'),
    ('business_customers', 'stripeDetailsSubmitted', 'stripeDetailsSubmitted', 'bool'),
    ('business_customers', 'stripeCustomerId', 'stripeCustomerId', 'text'),
    ('business_customers', 'stripeSubscriptionId', 'stripeSubscriptionId', 'text'),
    ('business_customers', 'ezTextingNumberId', 'providerNumberId', 'text'),
    ('business_customers', 'numberProvisionedAt', 'numberProvisionedAt', 'timestamp'),
    ('business_customers', 'promoCodeId', 'promoCodeId', 'text'),
    ('business_customers', 'promoCodeUsed', 'promoCodeUsed', 'text'),
    ('business_customers', 'phoneNumberFeeWaived', 'phoneNumberFeeWaived', 'bool'),
    ('business_customers', 'subscriptionTier', 'subscriptionTier', 'text'),
    ('business_customers', 'createdAt', 'createdAt', 'timestamp'),
    ('business_customers', 'updatedAt', 'updatedAt', 'timestamp'),
    ('phone_number_inventory', 'id', 'id', 'text'),
    ('phone_number_inventory', 'phoneNumber', 'phoneNumber', 'text'),
    ('phone_number_inventory', 'ezTextingNumberId', 'providerNumberId', 'text'),
    ('phone_number_inventory', 'areaCode', 'areaCode', 'text'),
    ('phone_number_inventory', 'status', 'status', 'PhoneNumberStatus'),
    ('phone_number_inventory', 'currentBusinessId', 'currentBusinessId', 'text'),
    ('phone_number_inventory', 'previousBusinessId', 'previousBusinessId', 'text'),
    ('phone_number_inventory', 'assignedAt', 'assignedAt', 'timestamp'),
    ('phone_number_inventory', 'releasedAt', 'releasedAt', 'timestamp'),
    ('phone_number_inventory', 'purchasedAt', 'purchasedAt', 'timestamp'),
    ('phone_number_inventory', 'monthlyPrice', 'monthlyPrice', 'float8'),
    ('phone_number_inventory', 'source', 'source', 'text'),
    ('phone_number_inventory', 'notes', 'notes', 'text'),
    ('phone_number_inventory', 'cooldownUntil', 'cooldownUntil', 'timestamp'),
    ('phone_number_inventory', 'createdAt', 'createdAt', 'timestamp'),
    ('phone_number_inventory', 'updatedAt', 'updatedAt', 'timestamp'),
    ('customer_lists', 'id', 'id', 'text'),
    ('customer_lists', 'name', 'name', 'text'),
    ('customer_lists', 'description', 'description', 'text'),
    ('customer_lists', 'color', 'color', 'text'),
    ('customer_lists', 'isActive', 'isActive', 'bool'),
    ('customer_lists', 'businessCustomerId', 'businessCustomerId', 'text'),
    ('customer_lists', 'createdAt', 'createdAt', 'timestamp'),
    ('customer_lists', 'updatedAt', 'updatedAt', 'timestamp'),
    ('customer_list_members', 'id', 'id', 'text'),
    ('customer_list_members', 'customerListId', 'customerListId', 'text'),
    ('customer_list_members', 'customerId', 'customerId', 'text'),
    ('customer_list_members', 'addedAt', 'addedAt', 'timestamp'),
    ('customer_list_members', 'addedBy', 'addedBy', 'text'),
    ('customer_list_members', 'notes', 'notes', 'text'),
    ('menus', 'id', 'id', 'text'),
    ('menus', 'date', 'date', 'date'),
    ('menus', 'title', 'title', 'text'),
    ('menus', 'isActive', 'isActive', 'bool'),
    ('menus', 'createdAt', 'createdAt', 'timestamp'),
    ('menus', 'updatedAt', 'updatedAt', 'timestamp'),
    ('menu_items', 'id', 'id', 'text'),
    ('menu_items', 'menuId', 'menuId', 'text'),
    ('menu_items', 'name', 'name', 'text'),
    ('menu_items', 'description', 'description', 'text'),
    ('menu_items', 'price', 'price', 'int4'),
    ('menu_items', 'isAvailable', 'isAvailable', 'bool'),
    ('menu_items', 'category', 'category', 'text'),
    ('menu_items', 'imageUrl', 'imageUrl', 'text'),
    ('orders', 'id', 'id', 'text'),
    ('orders', 'customerId', 'customerId', 'text'),
    ('orders', 'businessId', 'businessId', 'text'),
    ('orders', 'menuId', 'menuId', 'text'),
    ('orders', 'items', 'items', 'jsonb'),
    ('orders', 'totalAmount', 'totalAmount', 'int4'),
    ('orders', 'platformFee', 'platformFee', 'int4'),
    ('orders', 'status', 'status', 'OrderStatus'),
    ('orders', 'paymentId', 'paymentId', 'text'),
    ('orders', 'paymentUrl', 'paymentUrl', 'text'),
    ('orders', 'deliveryTime', 'deliveryTime', 'text'),
    ('orders', 'notes', 'notes', 'text'),
    ('orders', 'createdAt', 'createdAt', 'timestamp'),
    ('orders', 'updatedAt', 'updatedAt', 'timestamp'),
    ('sms_logs', 'id', 'id', 'text'),
    ('sms_logs', 'customerId', 'customerId', 'text'),
    ('sms_logs', 'direction', 'direction', 'SmsDirection'),
    ('sms_logs', 'message', 'message', 'text'),
    ('sms_logs', 'status', 'status', 'SmsStatus'),
    ('sms_logs', 'twilioSid', 'twilioSid', 'text'),
    ('sms_logs', 'errorCode', 'errorCode', 'text'),
    ('sms_logs', 'createdAt', 'createdAt', 'timestamp')
), expected_unique (table_name, columns, newer_columns) AS (
  VALUES
    ('customers', '{id}'::text[], '{id}'::text[]),
    ('customers', '{phoneNumber}', '{businessId,phoneNumber}'),
    ('promo_codes', '{id}', '{id}'),
    ('promo_codes', '{code}', '{code}'),
    ('business_customers', '{id}', '{id}'),
    ('business_customers', '{contactEmail}', '{contactEmail}'),
    ('business_customers', '{assignedPhoneNumber}', '{assignedPhoneNumber}'),
    ('business_customers', '{stripeConnectAccountId}', '{stripeConnectAccountId}'),
    ('business_customers', '{stripeCustomerId}', '{stripeCustomerId}'),
    ('business_customers', '{stripeSubscriptionId}', '{stripeSubscriptionId}'),
    ('business_customers', '{ezTextingNumberId}', '{providerNumberId}'),
    ('phone_number_inventory', '{id}', '{id}'),
    ('phone_number_inventory', '{phoneNumber}', '{phoneNumber}'),
    ('phone_number_inventory', '{ezTextingNumberId}', '{providerNumberId}'),
    ('customer_lists', '{id}', '{id}'),
    ('customer_list_members', '{id}', '{id}'),
    ('customer_list_members', '{customerId,customerListId}', '{customerId,customerListId}'),
    ('menus', '{id}', '{id}'),
    ('menus', '{date}', '{businessId,date}'),
    ('menu_items', '{id}', '{id}'),
    ('orders', '{id}', '{id}'),
    ('sms_logs', '{id}', '{id}')
), expected_foreign_key (table_name, column_name, target) AS (
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
), expected_enum_value (type_name, label) AS (
  VALUES
    ('OrderStatus', 'PENDING'), ('OrderStatus', 'CONFIRMED'), ('OrderStatus', 'PAID'), ('OrderStatus', 'PREPARING'),
    ('OrderStatus', 'READY'), ('OrderStatus', 'DELIVERED'), ('OrderStatus', 'CANCELLED'),
    ('PhoneNumberStatus', 'AVAILABLE'), ('PhoneNumberStatus', 'ASSIGNED'), ('PhoneNumberStatus', 'RESERVED'),
    ('PhoneNumberStatus', 'COOLDOWN'), ('PhoneNumberStatus', 'RETIRED'),
    ('SmsDirection', 'INBOUND'), ('SmsDirection', 'OUTBOUND'),
    ('SmsStatus', 'SENT'), ('SmsStatus', 'DELIVERED'), ('SmsStatus', 'FAILED'), ('SmsStatus', 'RECEIVED'),
    ('DiscountType', 'PERCENTAGE'), ('DiscountType', 'FIXED_AMOUNT')
), live_table AS (
  SELECT c.oid, c.relname::text AS table_name
  FROM pg_class AS c
  WHERE c.relkind IN ('r', 'p')
    AND pg_table_is_visible(c.oid)
), live_column AS (
  SELECT t.table_name, a.attname::text AS column_name, y.typname::text AS type_name
  FROM live_table AS t
  JOIN pg_attribute AS a ON a.attrelid = t.oid
  JOIN pg_type AS y ON y.oid = a.atttypid
  WHERE a.attnum > 0
    AND NOT a.attisdropped
), live_unique AS (
  SELECT t.table_name, array_agg(a.attname::text ORDER BY a.attname::text COLLATE "C") AS columns
  FROM live_table AS t
  JOIN pg_index AS i ON i.indrelid = t.oid
  CROSS JOIN generate_series(0, i.indnkeyatts - 1) AS position
  JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = i.indkey[position]
  WHERE i.indisunique
    AND i.indisvalid
    AND i.indpred IS NULL
    AND i.indexprs IS NULL
  GROUP BY t.table_name, i.indexrelid
), live_foreign_key AS (
  SELECT t.table_name, a.attname::text AS column_name, target.table_name AS target
  FROM live_table AS t
  JOIN pg_constraint AS f ON f.conrelid = t.oid
  JOIN live_table AS target ON target.oid = f.confrelid
  JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = f.conkey[1]
  JOIN pg_attribute AS r ON r.attrelid = target.oid AND r.attnum = f.confkey[1]
  WHERE f.contype = 'f'
    AND cardinality(f.conkey) = 1
    AND r.attname = 'id'
), problem AS (
  SELECT DISTINCT 'table' AS kind, e.table_name AS what
  FROM expected_column AS e
  WHERE NOT EXISTS (SELECT 1 FROM live_table AS t WHERE t.table_name = e.table_name)
  UNION ALL
  SELECT 'column', e.table_name || '.' || e.column_name
  FROM expected_column AS e
  JOIN live_table AS t ON t.table_name = e.table_name
  WHERE NOT EXISTS (
    SELECT 1
    FROM live_column AS l
    WHERE l.table_name = e.table_name
      AND l.column_name IN (e.column_name, e.newer_name)
      AND l.type_name = e.type_name
  )
  UNION ALL
  SELECT 'unique index', e.table_name || ' ' || e.columns::text
  FROM expected_unique AS e
  JOIN live_table AS t ON t.table_name = e.table_name
  WHERE NOT EXISTS (
    SELECT 1
    FROM live_unique AS l
    WHERE l.table_name = e.table_name
      AND l.columns IN (e.columns, e.newer_columns)
  )
  UNION ALL
  SELECT 'foreign key', e.table_name || '.' || e.column_name
  FROM expected_foreign_key AS e
  JOIN live_table AS t ON t.table_name = e.table_name
  JOIN live_table AS target ON target.table_name = e.target
  WHERE NOT EXISTS (
    SELECT 1
    FROM live_foreign_key AS l
    WHERE l.table_name = e.table_name
      AND l.column_name = e.column_name
      AND l.target = e.target
  )
  UNION ALL
  SELECT 'enum value', e.type_name || '.' || e.label
  FROM expected_enum_value AS e
  WHERE NOT EXISTS (
    SELECT 1
    FROM pg_type AS y
    JOIN pg_enum AS v ON v.enumtypid = y.oid
    WHERE y.typname = e.type_name
      AND v.enumlabel = e.label
      AND pg_type_is_visible(y.oid)
  )
)
SELECT count(*) AS violations
FROM problem;

-- check: summaries.daily-order-stats-freshness
SELECT (
    SELECT extract(epoch FROM age(:'now'::timestamp, refreshed_at AT TIME ZONE 'UTC')) / 3600
    FROM ops.summaries
    WHERE name = 'daily_order_stats'
  ) AS value;

-- check: summaries.customer-rfm-scores-freshness
SELECT (
    SELECT extract(epoch FROM age(:'now'::timestamp, refreshed_at AT TIME ZONE 'UTC')) / 3600
    FROM ops.summaries
    WHERE name = 'customer_rfm_scores'
  ) AS value;

-- check: summaries.business-health-freshness
SELECT (
    SELECT extract(epoch FROM age(:'now'::timestamp, refreshed_at AT TIME ZONE 'UTC')) / 3600
    FROM ops.summaries
    WHERE name = 'business_health'
  ) AS value;

-- check: summaries.kpi-snapshots-freshness
SELECT (
    SELECT extract(epoch FROM age(:'now'::timestamp, refreshed_at AT TIME ZONE 'UTC')) / 3600
    FROM ops.summaries
    WHERE name = 'kpi_snapshots'
  ) AS value;

-- check: summaries.other-definitions
SELECT nullif(count(*), 0) - count(*) FILTER (
    WHERE timezone = 'America/New_York'
      AND (SELECT array_agg(status ORDER BY status) FROM unnest(sold_statuses) AS status)
        = ARRAY['DELIVERED', 'PAID', 'PREPARING', 'READY']
  ) AS value
FROM ops.summaries;

-- check: webhooks.dead-letters
SELECT count(dead_reason) AS violations
FROM ops.webhook_inbox;

-- check: webhooks.needs-refund
SELECT count(task) AS violations
FROM ops.webhook_inbox;

-- check: webhooks.oldest-pending
SELECT coalesce(max(minutes), 0) AS value
FROM (
  SELECT extract(epoch FROM age(:'now'::timestamp, next_attempt_at AT TIME ZONE 'UTC')) / 60 AS minutes
  FROM ops.webhook_inbox
  WHERE status IN ('pending', 'waiting')
  UNION ALL
  SELECT extract(epoch FROM age(:'now'::timestamp, lease_until AT TIME ZONE 'UTC')) / 60
  FROM ops.webhook_inbox
  WHERE status = 'processing'
) AS open_event
WHERE minutes >= 0;

-- check: webhooks.silence
WITH event AS (
  SELECT source, received_at AT TIME ZONE 'America/New_York' AS at
  FROM ops.webhook_inbox
  WHERE received_at > :'now'::timestamp AT TIME ZONE 'UTC' - interval '35 days'
    AND received_at <= :'now'::timestamp AT TIME ZONE 'UTC'
), present AS (
  SELECT :'now'::timestamp AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York' AS at
), quiet AS (
  SELECT event.source, min(event.at) AS first_at, greatest(max(event.at), present.at - interval '7 days') AS last_at, present.at AS now_at
  FROM event, present
  GROUP BY event.source, present.at
), week AS (
  SELECT quiet.source, back.days,
    (
      SELECT count(*)
      FROM event
      WHERE event.source = quiet.source
        AND event.at > quiet.last_at - make_interval(days => back.days)
        AND event.at <= quiet.now_at - make_interval(days => back.days)
    ) AS events
  FROM quiet
  JOIN (VALUES (7), (14), (21), (28)) AS back (days) ON quiet.first_at <= quiet.last_at - make_interval(days => back.days)
), typical AS (
  SELECT source, count(*) AS weeks, percentile_cont(0.5) WITHIN GROUP (ORDER BY events) AS events
  FROM week
  JOIN quiet USING (source)
  WHERE age(now_at, last_at) >= interval '15 minutes'
  GROUP BY source
)
SELECT count(*) AS violations
FROM typical
WHERE weeks >= 3 AND events >= 10;
