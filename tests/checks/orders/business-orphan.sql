ALTER TABLE orders DROP CONSTRAINT "orders_businessId_fkey";
SELECT make('orders', '{"id": "caught-gone", "businessId": "nobody"}');
SELECT make('orders', '{"id": "caught-empty", "businessId": ""}');
SELECT make('orders', '{"id": "caught-pending", "businessId": "spared-business ", "status": "PENDING"}');
SELECT make('orders', '{"id": "spared-known"}');
SELECT make('orders', '{"id": "spared-null", "businessId": null}');
