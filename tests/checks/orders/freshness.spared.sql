-- value: 24
SELECT make('orders', '{"createdAt": "2026-03-09T15:00:00", "status": "CANCELLED"}');
SELECT make('orders', '{"createdAt": "2026-03-01T12:00:00"}');
