-- cents: 110
SELECT make('orders', '{"id": "caught-just-over", "status": "CONFIRMED", "createdAt": "2026-03-09T14:59:59.999", "totalAmount": 10}');
SELECT make('orders', '{"id": "caught-though-touched", "status": "CONFIRMED", "createdAt": "2026-03-01T00:00:00", "updatedAt": "2026-03-10T14:00:00", "totalAmount": 100}');
SELECT make('orders', '{"id": "spared-24-hours", "status": "CONFIRMED", "createdAt": "2026-03-09T15:00:00"}');
SELECT make('orders', '{"id": "spared-pending", "status": "PENDING", "createdAt": "2026-03-01T00:00:00"}');
SELECT make('orders', '{"id": "spared-paid", "status": "PAID", "createdAt": "2026-03-01T00:00:00"}');
