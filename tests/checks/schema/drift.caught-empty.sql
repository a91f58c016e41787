-- keys: table business_customers, table customer_list_members, table customer_lists, table customers, table menu_items, table menus, table orders, table phone_number_inventory, table promo_codes, table sms_logs, enum value SmsDirection.INBOUND, enum value SmsDirection.OUTBOUND
-- Nothing there at all must be told, not fail.
DROP TABLE customers, business_customers, phone_number_inventory, promo_codes, customer_lists, customer_list_members, menus, menu_items, orders, sms_logs, admin_users;
DROP TYPE "SmsDirection";
