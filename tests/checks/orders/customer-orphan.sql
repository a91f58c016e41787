ALTER TABLE orders DROP CONSTRAINT "orders_customerId_fkey";
SELECT make('orders', '{"id": "caught-gone", "customerId": "nobody"}');
SELECT make('orders', '{"id": "caught-empty", "customerId": ""}');
SELECT make('orders', '{"id": "caught-upper-case", "customerId": "SPARED-CUSTOMER", "status": "CANCELLED"}');
SELECT make('orders', '{"id": "spared-known"}');
SELECT make('orders', '{"id": "spared-without-business", "businessId": null}');
