SELECT make('customers', '{"id": "caught-orders", "totalOrders": -1, "totalSpent": 5}');
SELECT make('customers', '{"id": "caught-spent", "totalOrders": 1, "totalSpent": -1}');
SELECT make('customers', '{"id": "caught-both", "totalOrders": -2147483648, "totalSpent": -2147483648}');
SELECT make('customers', '{"id": "spared-zero", "totalOrders": 0, "totalSpent": 0}');
SELECT make('customers', '{"id": "spared-one", "totalOrders": 1, "totalSpent": 1}');
