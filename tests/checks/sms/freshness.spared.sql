-- value: 24
SELECT make('sms_logs', '{"createdAt": "2026-03-09T15:00:00", "direction": "INBOUND", "status": "RECEIVED"}');
SELECT make('sms_logs', '{"createdAt": "2026-03-01T12:00:00"}');
