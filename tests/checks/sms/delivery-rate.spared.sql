-- value: 0.95
SELECT make('sms_logs', '{"createdAt": "2026-03-08T07:00:00"}') FROM generate_series(1, 19);
SELECT make('sms_logs', '{"status": "SENT"}');
SELECT make('sms_logs', '{"createdAt": "2026-03-10T14:00:00.001", "status": "SENT"}') FROM generate_series(1, 40);
SELECT make('sms_logs', '{"direction": "INBOUND", "status": "RECEIVED"}') FROM generate_series(1, 40);
