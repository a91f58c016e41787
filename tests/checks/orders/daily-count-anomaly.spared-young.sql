-- status: skipped
-- Four weeks of history are not there: the first order was on the Tuesday after the fourth Monday before.
SELECT make('orders', jsonb_build_object('createdAt', timestamp '2026-02-10 05:00' + n * interval '5 hours')) FROM generate_series(0, 120) AS n;
