-- value: 0.9
SELECT make('sms_logs', '{"createdAt": "2026-03-03T15:00:00"}') FROM generate_series(1, 18);
SELECT make('sms_logs', '{"createdAt": "2026-03-10T14:00:00", "status": "SENT"}');
SELECT make('sms_logs', '{"createdAt": "2026-03-10T12:00:00", "status": "FAILED"}');
-- None of these count: older than 7 days, less than an hour old, inbound.
SELECT make('sms_logs', '{"createdAt": "2026-03-03T14:59:59.999"}') FROM generate_series(1, 40);
SELECT make('sms_logs', '{"createdAt": "2026-03-10T14:00:00.001"}') FROM generate_series(1, 40);
SELECT make('sms_logs', '{"direction": "INBOUND"}') FROM generate_series(1, 40);
