-- status: skipped
SELECT make('sms_logs', '{"status": "SENT"}') FROM generate_series(1, 19);
SELECT make('sms_logs', '{"createdAt": "2026-03-10T14:30:00", "status": "SENT"}') FROM generate_series(1, 40);
