SELECT make('orders', '{"id": "caught-null", "deliveryTime": null}');
SELECT make('orders', '{"id": "caught-empty", "deliveryTime": "", "status": "PAID"}');
SELECT make('orders', '{"id": "caught-blank", "deliveryTime": " \t\n", "status": "READY"}');
SELECT make('orders', '{"id": "caught-30-days-ago", "deliveryTime": null, "createdAt": "2026-02-08T15:00:00"}');
SELECT make('orders', '{"id": "caught-now", "deliveryTime": null, "createdAt": "2026-03-10T15:00:00"}');
SELECT make('orders', '{"id": "spared-before-30-days", "deliveryTime": null, "createdAt": "2026-02-08T14:59:59.999"}');
SELECT make('orders', '{"id": "spared-after-now", "deliveryTime": null, "createdAt": "2026-03-10T15:00:00.001"}');
SELECT make('orders', '{"id": "spared-set", "deliveryTime": "asap"}');
SELECT make('orders', jsonb_build_object('id', 'spared-' || s, 'status', s, 'deliveryTime', null))
FROM unnest('{PENDING,CONFIRMED,CANCELLED}'::text[]) AS s;
