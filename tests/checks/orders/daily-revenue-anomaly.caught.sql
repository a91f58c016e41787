-- value: 20
-- 100 dollars sold on each Monday before, nothing yesterday but orders that were not sold. The MAD is zero, so that 5% of the median is the unit.
SELECT make('orders', jsonb_build_object('createdAt', date '2026-03-02' - 7 * week + interval '15 hours', 'totalAmount', 20000)) FROM generate_series(0, 7) AS week;
SELECT make('orders', jsonb_build_object('createdAt', date '2026-03-02' - 7 * week + interval '16 hours', 'totalAmount', 7, 'status', 'CANCELLED')) FROM generate_series(0, 7) AS week;
SELECT make('orders', jsonb_build_object('createdAt', '2026-03-09T15:00:00', 'totalAmount', 20000, 'status', s)) FROM unnest('{PENDING,CONFIRMED,CANCELLED}'::text[]) AS s;
SELECT make('orders', '{"createdAt": "2026-03-08T15:00:00", "totalAmount": 20000}');
SELECT make('orders', '{"createdAt": "2026-03-10T05:00:00", "totalAmount": 20000}');
