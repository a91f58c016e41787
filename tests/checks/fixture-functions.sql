-- make(table, overrides) inserts one believable row that violates no check, merged with the overrides, and returns its id.
-- All fixtures are judged at 2026-03-10 15:00 UTC (America/New_York; daylight saving time began there on 2026-03-08).
-- Parents that nobody named are made on demand: spared-customer, spared-business, spared-menu, spared-item, spared-list.
-- Overrides for columns that this generation of the schema lacks are ignored. Made for a handful of rows: unique values count them.
CREATE FUNCTION make(table_name text, overrides jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  place integer;
  digits text;
  defaults jsonb;
  made jsonb;
  parent record;
BEGIN
  EXECUTE format('SELECT count(*) FROM %I', table_name) INTO place;
  digits := lpad((2000001 + place)::text, 7, '0');
  defaults := jsonb_build_object('id', 'spared-default-' || place);

  CASE table_name
    WHEN 'customers' THEN
      defaults := defaults || jsonb_build_object(
        'businessId', 'spared-business', 'phoneNumber', '+1404' || digits, 'name', 'Ada ' || place, 'email', 'ada' || place || '@example.com',
        'isActive', true, 'preferences', '{"spice": "mild"}'::jsonb, 'tags', '["New"]'::jsonb, 'category', 'New', 'totalOrders', 0, 'totalSpent', 0,
        'createdAt', '2025-11-03T16:00:00');
    WHEN 'business_customers' THEN
      defaults := defaults || jsonb_build_object(
        'businessName', 'Kitchen ' || place, 'contactName', 'Grace', 'contactEmail', 'kitchen' || place || '@example.com', 'zipCode', '30303',
        'areaCode', '404', 'city', 'Atlanta', 'state', 'GA', 'isActive', true, 'onboardingCompleted', true, 'subscriptionStatus', 'active',
        'subscriptionTier', 'starter', 'monthlyLimit', 1000, 'currentUsage', 10, 'stripeAccountStatus', 'active', 'stripeOnboardingComplete', true,
        'stripeDashboardEnabled', true, 'stripePayoutsEnabled', true, 'stripeChargesEnabled', true, 'stripeDetailsSubmitted', true,
        'phoneNumberFeeWaived', false, 'createdAt', '2025-10-01T16:00:00');
    WHEN 'phone_number_inventory' THEN
      defaults := defaults || jsonb_build_object(
        'phoneNumber', '+1470' || digits, 'areaCode', '470', 'status', 'AVAILABLE', 'purchasedAt', '2025-09-01T16:00:00', 'monthlyPrice', 1.15,
        'source', 'twilio', 'createdAt', '2026-03-10T13:00:00');
    WHEN 'promo_codes' THEN
      defaults := defaults || jsonb_build_object(
        'code', 'SAVE' || place, 'discountType', 'PERCENTAGE', 'discountValue', 10, 'freePhoneNumber', false, 'freeSubscription', false,
        'isActive', true, 'maxUses', 100, 'currentUses', 0, 'createdAt', '2025-10-01T16:00:00');
    WHEN 'customer_lists' THEN
      defaults := defaults || jsonb_build_object(
        'name', 'List ' || place, 'isActive', true, 'businessCustomerId', 'spared-business', 'createdAt', '2026-03-10T13:00:00');
    WHEN 'customer_list_members' THEN
      defaults := defaults || jsonb_build_object('customerListId', 'spared-list', 'customerId', 'spared-customer', 'addedAt', '2026-03-10T13:00:00');
    WHEN 'menus' THEN
      defaults := defaults || jsonb_build_object(
        'businessId', 'spared-business', 'date', date '2026-03-10' - place, 'title', 'Menu ' || place, 'isActive', true, 'createdAt', '2026-03-10T10:00:00');
    WHEN 'menu_items' THEN
      defaults := defaults || jsonb_build_object(
        'businessId', 'spared-business', 'menuId', 'spared-menu', 'name', 'Jollof rice', 'price', 1250, 'isAvailable', true, 'category', 'Mains');
    WHEN 'orders' THEN
      -- Three minutes apart, so that no order looks like a repetition of the one before it.
      defaults := defaults || jsonb_build_object(
        'customerId', 'spared-customer', 'businessId', 'spared-business', 'menuId', 'spared-menu',
        'items', '[{"menuItemId": "spared-item", "name": "Jollof rice", "price": 1250, "quantity": 2}]'::jsonb,
        'totalAmount', 2500, 'platformFee', 50, 'status', 'DELIVERED', 'paymentId', 'pi_' || md5('order' || place), 'deliveryTime', '12:30',
        'createdAt', timestamp '2026-03-10 13:00' - place * interval '3 minutes');
    WHEN 'sms_logs' THEN
      defaults := defaults || jsonb_build_object(
        'customerId', 'spared-customer', 'direction', 'OUTBOUND', 'message', 'Your order is ready.', 'status', 'DELIVERED',
        'twilioSid', 'SM' || md5('message' || place), 'createdAt', '2026-03-10T13:00:00');
    WHEN 'admin_users' THEN
      defaults := defaults || jsonb_build_object(
        'email', 'admin' || place || '@example.com', 'password', '$2b$10$', 'name', 'Admin', 'role', 'admin', 'isActive', true,
        'createdAt', '2025-10-01T16:00:00');
  END CASE;

  made := defaults || overrides;
  made := jsonb_build_object('updatedAt', made -> 'createdAt') || made;

  -- Only parents that were not named in the overrides.
  FOR parent IN
    SELECT p.table_name, p.id, p.own
    FROM (VALUES
      ('customerId', 'customers', 'spared-customer', '{}'::jsonb),
      ('businessId', 'business_customers', 'spared-business', '{}'),
      ('businessCustomerId', 'business_customers', 'spared-business', '{}'),
      ('menuId', 'menus', 'spared-menu', '{"date": "2025-06-01"}'),
      ('customerListId', 'customer_lists', 'spared-list', '{}')
    ) AS p (column_name, table_name, id, own)
    WHERE defaults ? p.column_name AND NOT overrides ? p.column_name
      AND EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = make.table_name::regclass AND a.attname = p.column_name AND NOT a.attisdropped
      )
  LOOP
    PERFORM make_parent(parent.table_name, parent.id, parent.own);
  END LOOP;
  IF table_name = 'orders' AND NOT overrides ? 'items' THEN
    PERFORM make_parent('menu_items', 'spared-item', '{}');
  END IF;

  EXECUTE format('INSERT INTO %1$I SELECT * FROM jsonb_populate_record(NULL::%1$I, $1)', table_name) USING made;

  -- The default customer's totals follow its orders; customers that a fixture names keep what it gave them.
  IF table_name = 'orders' AND made ->> 'customerId' = 'spared-customer' AND made ->> 'status' IN ('PAID', 'PREPARING', 'READY', 'DELIVERED') THEN
    UPDATE customers
    SET "totalOrders" = "totalOrders" + 1,
      "totalSpent" = greatest(least("totalSpent"::bigint + (made ->> 'totalAmount')::bigint, 2147483647), -2147483648)::integer,
      "lastOrderAt" = greatest("lastOrderAt", (made ->> 'createdAt')::timestamp)
    WHERE id = 'spared-customer';
  END IF;
  RETURN made ->> 'id';
END
$$;

CREATE FUNCTION make_parent(table_name text, parent_id text, own jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  found_one boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE id = $1)', table_name) INTO found_one USING parent_id;
  IF NOT found_one THEN
    PERFORM make(table_name, own || jsonb_build_object('id', parent_id));
  END IF;
END
$$;
