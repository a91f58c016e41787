-- cents: 42949922
SELECT make('orders', jsonb_build_object('id', 'caught-' || s, 'status', s, 'platformFee', null, 'totalAmount', 2500))
FROM unnest('{PAID,PREPARING,READY,DELIVERED}'::text[]) AS s;
-- Half a cent is rounded up: 2% of 1225 is 24.5, of 1224 24.48. The largest amount must not overflow.
SELECT make('orders', '{"id": "caught-half-a-cent", "platformFee": null, "totalAmount": 1225}');
SELECT make('orders', '{"id": "caught-under-half-a-cent", "platformFee": null, "totalAmount": 1224}');
SELECT make('orders', '{"id": "caught-free", "platformFee": null, "totalAmount": 0}');
SELECT make('orders', '{"id": "caught-largest", "platformFee": null, "totalAmount": 2147483647}');
SELECT make('orders', jsonb_build_object('id', 'spared-' || s, 'status', s, 'platformFee', null))
FROM unnest('{PENDING,CONFIRMED,CANCELLED}'::text[]) AS s;
SELECT make('orders', '{"id": "spared-zero-fee", "platformFee": 0, "totalAmount": 0}');
SELECT make('orders', '{"id": "spared-wrong-fee", "platformFee": 1}');
