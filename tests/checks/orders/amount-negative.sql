-- cents: 2147483651
SELECT make('orders', '{"id": "caught-one-cent", "totalAmount": -1}');
SELECT make('orders', '{"id": "caught-cancelled", "totalAmount": -2, "status": "CANCELLED"}');
SELECT make('orders', '{"id": "caught-lowest", "totalAmount": -2147483648}');
SELECT make('orders', '{"id": "spared-zero", "totalAmount": 0}');
SELECT make('orders', '{"id": "spared-one-cent", "totalAmount": 1}');
