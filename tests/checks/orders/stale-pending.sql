-- cents: 1110
SELECT make('orders', '{"id": "caught-just-over", "status": "PENDING", "createdAt": "2026-03-09T14:59:59.999", "totalAmount": 10}');
SELECT make('orders', '{"id": "caught-over-the-clock-change", "status": "PENDING", "createdAt": "2026-03-07T20:00:00", "totalAmount": 100}');
SELECT make('orders', '{"id": "caught-though-touched", "status": "PENDING", "createdAt": "2026-03-01T00:00:00", "updatedAt": "2026-03-10T14:00:00", "totalAmount": 1000}');
SELECT make('orders', '{"id": "spared-24-hours", "status": "PENDING", "createdAt": "2026-03-09T15:00:00"}');
SELECT make('orders', '{"id": "spared-young", "status": "PENDING"}');
SELECT make('orders', '{"id": "spared-confirmed", "status": "CONFIRMED", "createdAt": "2026-03-01T00:00:00"}');
SELECT make('orders', '{"id": "spared-cancelled", "status": "CANCELLED", "createdAt": "2026-03-01T00:00:00"}');
