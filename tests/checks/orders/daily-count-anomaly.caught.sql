-- value: 6.7449075947659525
-- Yesterday is Monday 2026-03-09, a day of New York: its first order at 04:00 UTC, after the clocks went forward; the Mondays before begin at 05:00 UTC.
-- Mondays, newest first: 10 12 8 10 14 6 10 10 (the first has one just before midnight; median 10, MAD 1); yesterday 20. Other days are noise.
SELECT make('orders', jsonb_build_object('createdAt', timestamp '2026-03-09 04:00' + n * interval '1 hour')) FROM generate_series(0, 19) AS n;
SELECT make('orders', jsonb_build_object('createdAt', date '2026-03-02' - 7 * (week - 1)::integer + interval '5 hours' + n * interval '1 minute'))
FROM unnest('{9,12,8,10,14,6,10,10}'::integer[]) WITH ORDINALITY AS w (orders, week), generate_series(1, orders) AS n;
SELECT make('orders', '{"createdAt": "2026-03-09T03:59:59.999"}');
SELECT make('orders', '{"createdAt": "2026-03-10T04:00:00"}');
SELECT make('orders', '{"createdAt": "2026-03-03T04:59:59.999", "status": "CANCELLED"}');
SELECT make('orders', '{"createdAt": "2026-03-02T04:59:59.999"}');
SELECT make('orders', '{"createdAt": "2026-03-03T05:00:00"}');
