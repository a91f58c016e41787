-- cents: 2147487147
SELECT make('customers', '{"id": "caught-doubled", "totalSpent": 5000}');
SELECT make('orders', '{"customerId": "caught-doubled", "status": "PAID", "totalAmount": 2500}');
SELECT make('customers', '{"id": "caught-one-cent-short", "totalSpent": 499}');
SELECT make('orders', '{"customerId": "caught-one-cent-short", "status": "DELIVERED", "totalAmount": 500}');
SELECT make('customers', '{"id": "caught-without-orders", "totalSpent": 4}');
SELECT make('customers', '{"id": "caught-cancelled-counts", "totalSpent": 500}');
SELECT make('orders', '{"customerId": "caught-cancelled-counts", "status": "CANCELLED", "totalAmount": 500}');
-- The sum does not fit an integer.
SELECT make('customers', '{"id": "caught-beyond-integer", "totalSpent": 2147483647}');
SELECT make('orders', '{"customerId": "caught-beyond-integer", "totalAmount": 2147483647}');
SELECT make('orders', '{"customerId": "caught-beyond-integer", "totalAmount": 2147483647}');
SELECT make('customers', '{"id": "caught-negative", "totalSpent": -5}');
SELECT make('orders', '{"customerId": "caught-negative", "totalAmount": 490}');
SELECT make('customers', '{"id": "spared-without-orders", "totalSpent": 0, "totalOrders": 3}');
SELECT make('customers', '{"id": "spared-every-status", "totalSpent": 1111}');
SELECT make('orders', jsonb_build_object('customerId', 'spared-every-status', 'status', status, 'totalAmount', amount))
FROM (VALUES ('PENDING', 7), ('CONFIRMED', 7), ('PAID', 1), ('PREPARING', 10), ('READY', 100), ('DELIVERED', 1000), ('CANCELLED', 7)) AS o (status, amount);
