-- value: 0
-- Days are counted in New York: 10 on each Monday, though by UTC yesterday would have 8 and the Monday before 14.
SELECT make('orders', jsonb_build_object('createdAt', timestamp '2026-03-09 04:00' + n * interval '1 hour')) FROM generate_series(0, 7) AS n;
SELECT make('orders', '{"createdAt": "2026-03-10T03:00:00"}');
SELECT make('orders', '{"createdAt": "2026-03-10T03:59:59.999", "status": "PENDING"}');
SELECT make('orders', jsonb_build_object('createdAt', date '2026-03-02' - 7 * week + interval '5 hours' + n * interval '1 minute'))
FROM generate_series(0, 7) AS week, generate_series(1, 10) AS n;
SELECT make('orders', jsonb_build_object('createdAt', timestamp '2026-03-02 04:00' + n * interval '1 minute')) FROM generate_series(1, 4) AS n;
