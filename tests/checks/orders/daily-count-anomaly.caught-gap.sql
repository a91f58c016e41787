-- Older than the eight weeks, but none in them: yesterday's ten are ten more than usual.
SELECT make('orders', '{"createdAt": "2025-06-01T12:00:00"}');
SELECT make('orders', jsonb_build_object('createdAt', timestamp '2026-03-09 15:00' + n * interval '5 minutes')) FROM generate_series(1, 10) AS n;
