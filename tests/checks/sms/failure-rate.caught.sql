-- value: 0.1
SELECT make('sms_logs', jsonb_build_object('createdAt', '2026-03-09T15:00:00')) FROM generate_series(1, 18);
SELECT make('sms_logs', jsonb_build_object('createdAt', '2026-03-10T15:00:00', 'status', 'FAILED')) FROM generate_series(1, 2);
-- None of these count: older than 24 hours, from the future, inbound.
SELECT make('sms_logs', jsonb_build_object('createdAt', '2026-03-09T14:59:59.999')) FROM generate_series(1, 40);
SELECT make('sms_logs', jsonb_build_object('createdAt', '2026-03-10T15:00:00.001')) FROM generate_series(1, 40);
SELECT make('sms_logs', jsonb_build_object('direction', 'INBOUND', 'status', 'RECEIVED')) FROM generate_series(1, 40);
