-- value: 24.5
SELECT make('orders', '{"createdAt": "2026-03-09T14:30:00", "status": "PENDING"}');
SELECT make('orders', '{"createdAt": "2026-03-01T12:00:00"}');
-- One from the future must not hide that nothing arrives.
SELECT make('orders', '{"createdAt": "2030-01-01T00:00:00"}');
