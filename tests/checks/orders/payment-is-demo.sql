-- cents: 12500
SELECT make('orders', jsonb_build_object('id', 'caught-' || s, 'status', s, 'paymentId', 'demo_pi_1'))
FROM unnest('{CONFIRMED,PAID,PREPARING,READY}'::text[]) AS s;
SELECT make('orders', '{"id": "caught-prefix-alone", "paymentId": "demo_"}');
SELECT make('orders', jsonb_build_object('id', 'spared-' || s, 'status', s, 'paymentId', 'demo_pi_1'))
FROM unnest('{PENDING,CANCELLED}'::text[]) AS s;
SELECT make('orders', '{"id": "spared-no-underscore", "paymentId": "demoX1"}');
SELECT make('orders', '{"id": "spared-upper-case", "paymentId": "DEMO_1"}');
SELECT make('orders', '{"id": "spared-inside", "paymentId": "pi_demo_1"}');
SELECT make('orders', '{"id": "spared-null", "paymentId": null}');
