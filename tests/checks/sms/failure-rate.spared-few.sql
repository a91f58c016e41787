-- status: skipped
SELECT make('sms_logs', '{"status": "FAILED"}') FROM generate_series(1, 19);
SELECT make('sms_logs', '{"direction": "INBOUND", "status": "RECEIVED"}') FROM generate_series(1, 40);
