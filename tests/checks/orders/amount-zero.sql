SELECT make('orders', jsonb_build_object('id', 'caught-' || s, 'status', s, 'totalAmount', 0))
FROM unnest('{PAID,PREPARING,READY,DELIVERED}'::text[]) AS s;
SELECT make('orders', jsonb_build_object('id', 'spared-' || s, 'status', s, 'totalAmount', 0))
FROM unnest('{PENDING,CONFIRMED,CANCELLED}'::text[]) AS s;
SELECT make('orders', '{"id": "spared-one-cent", "totalAmount": 1}');
SELECT make('orders', '{"id": "spared-negative", "totalAmount": -1}');
