-- value: 4
-- Exactly four units: median 20000, the unit 5% of it; three of the eight Mondays without an order count as 0 and do not move the median or the MAD of 0.
SELECT make('orders', jsonb_build_object('createdAt', date '2026-03-02' - 7 * week + interval '15 hours', 'totalAmount', 20000)) FROM unnest('{0,1,2,4,7}'::integer[]) AS week;
SELECT make('orders', '{"createdAt": "2026-03-09T15:00:00", "totalAmount": 20000, "status": "PAID"}');
SELECT make('orders', '{"createdAt": "2026-03-09T16:00:00", "totalAmount": 4000, "status": "READY"}');
