-- cents: 11111
SELECT make('orders', '{"id": "caught-null", "paymentId": null, "totalAmount": 1}');
SELECT make('orders', '{"id": "caught-empty", "paymentId": "", "totalAmount": 10, "status": "PAID"}');
SELECT make('orders', '{"id": "caught-blank", "paymentId": " ", "totalAmount": 100, "status": "PREPARING"}');
SELECT make('orders', '{"id": "caught-tab-and-newline", "paymentId": "\t\r\n", "totalAmount": 1000, "status": "READY"}');
SELECT make('orders', '{"id": "caught-despite-a-link", "paymentId": null, "paymentUrl": "https://pay.example/1", "totalAmount": 10000}');
SELECT make('orders', '{"id": "spared-paid"}');
SELECT make('orders', '{"id": "spared-demo", "paymentId": "demo_1"}');
SELECT make('orders', '{"id": "spared-leading-space", "paymentId": "\n pi_1"}');
SELECT make('orders', jsonb_build_object('id', 'spared-' || s, 'status', s, 'paymentId', null))
FROM unnest('{PENDING,CONFIRMED,CANCELLED}'::text[]) AS s;
