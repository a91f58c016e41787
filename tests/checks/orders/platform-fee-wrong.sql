-- cents: 42949776
SELECT make('orders', jsonb_build_object('id', 'caught-' || s, 'status', s, 'platformFee', 49, 'totalAmount', 2500))
FROM unnest('{PAID,PREPARING,READY}'::text[]) AS s;
SELECT make('orders', '{"id": "caught-half-a-cent-down", "platformFee": 24, "totalAmount": 1225}');
SELECT make('orders', '{"id": "caught-rounded-up", "platformFee": 25, "totalAmount": 1224}');
SELECT make('orders', '{"id": "caught-zero", "platformFee": 0, "totalAmount": 2500}');
SELECT make('orders', '{"id": "caught-ten-percent", "platformFee": 122, "totalAmount": 1225}');
SELECT make('orders', '{"id": "caught-negative", "platformFee": -25, "totalAmount": 1225}');
SELECT make('orders', '{"id": "caught-largest", "platformFee": 42949672, "totalAmount": 2147483647}');
SELECT make('orders', '{"id": "caught-largest-free", "platformFee": 0, "totalAmount": 2147478647}');
SELECT make('orders', '{"id": "spared-half-a-cent-up", "platformFee": 25, "totalAmount": 1225}');
SELECT make('orders', '{"id": "spared-under-half-a-cent", "platformFee": 24, "totalAmount": 1224}');
SELECT make('orders', '{"id": "spared-free", "platformFee": 0, "totalAmount": 24}');
SELECT make('orders', '{"id": "spared-null", "platformFee": null}');
SELECT make('orders', '{"id": "spared-largest", "platformFee": 42949673, "totalAmount": 2147483647}');
SELECT make('orders', jsonb_build_object('id', 'spared-' || s, 'status', s, 'platformFee', 1))
FROM unnest('{PENDING,CONFIRMED,CANCELLED}'::text[]) AS s;
