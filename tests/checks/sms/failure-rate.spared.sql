-- value: 0.05
SELECT make('sms_logs', '{"status": "SENT"}') FROM generate_series(1, 19);
SELECT make('sms_logs', '{"status": "FAILED"}');
SELECT make('sms_logs', '{"status": "FAILED", "direction": "INBOUND"}') FROM generate_series(1, 40);
SELECT make('sms_logs', '{"status": "FAILED", "createdAt": "2026-03-09T14:59:59.999"}') FROM generate_series(1, 40);
