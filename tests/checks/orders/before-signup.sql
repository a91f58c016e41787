ALTER TABLE orders DROP CONSTRAINT "orders_customerId_fkey";
SELECT make('customers', '{"id": "spared-newcomer", "createdAt": "2026-03-08T12:00:00"}');
SELECT make('orders', '{"id": "caught-just-over-5-minutes", "customerId": "spared-newcomer", "createdAt": "2026-03-08T11:54:59.999"}');
SELECT make('orders', '{"id": "caught-a-year", "customerId": "spared-newcomer", "createdAt": "2025-03-08T12:00:00", "status": "CANCELLED"}');
SELECT make('orders', '{"id": "spared-5-minutes", "customerId": "spared-newcomer", "createdAt": "2026-03-08T11:55:00"}');
SELECT make('orders', '{"id": "spared-after", "customerId": "spared-newcomer", "createdAt": "2026-03-08T12:00:01"}');
SELECT make('orders', '{"id": "spared-orphan", "customerId": "nobody", "createdAt": "2001-01-01T00:00:00"}');
