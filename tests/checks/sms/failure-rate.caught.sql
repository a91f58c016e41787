-- value: 0.1
-- From exactly 24 hours ago on, and what a clock that runs ahead has dated in the future.
SELECT make('sms_logs', jsonb_build_object('createdAt', '2026-03-09T15:00:00')) FROM generate_series(1, 17);
SELECT make('sms_logs', jsonb_build_object('createdAt', '2027-03-10T15:00:00'));
SELECT make('sms_logs', jsonb_build_object('createdAt', '2026-03-10T15:00:00', 'status', 'FAILED')) FROM generate_series(1, 2);
-- None of these count: older than 24 hours, inbound.
SELECT make('sms_logs', jsonb_build_object('createdAt', '2026-03-09T14:59:59.999')) FROM generate_series(1, 40);
SELECT make('sms_logs', jsonb_build_object('direction', 'INBOUND', 'status', 'RECEIVED')) FROM generate_series(1, 40);
