SELECT make('customers', '{"id": "caught-doubled", "totalOrders": 4}');
SELECT make('orders', '{"customerId": "caught-doubled", "status": "PAID"}');
SELECT make('orders', '{"customerId": "caught-doubled", "status": "DELIVERED"}');
SELECT make('customers', '{"id": "caught-cancelled-counts", "totalOrders": 1}');
SELECT make('orders', '{"customerId": "caught-cancelled-counts", "status": "CANCELLED"}');
SELECT make('customers', '{"id": "caught-confirmed-counts", "totalOrders": 1}');
SELECT make('orders', '{"customerId": "caught-confirmed-counts", "status": "CONFIRMED"}');
SELECT make('customers', '{"id": "caught-missed", "totalOrders": 0}');
SELECT make('orders', '{"customerId": "caught-missed", "status": "READY"}');
SELECT make('customers', '{"id": "caught-without-orders", "totalOrders": 1}');
SELECT make('customers', '{"id": "caught-negative", "totalOrders": -1}');
SELECT make('customers', '{"id": "spared-without-orders", "totalOrders": 0, "totalSpent": 7}');
SELECT make('customers', '{"id": "spared-every-status", "totalOrders": 4}');
SELECT make('orders', jsonb_build_object('customerId', 'spared-every-status', 'status', s))
FROM unnest('{PENDING,CONFIRMED,PAID,PREPARING,READY,DELIVERED,CANCELLED}'::text[]) AS s;
