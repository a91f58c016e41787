-- value: 25
SELECT make('sms_logs', '{"createdAt": "2026-03-09T14:00:00"}');
SELECT make('sms_logs', '{"createdAt": "2026-03-01T12:00:00"}');
SELECT make('sms_logs', '{"createdAt": "2030-01-01T00:00:00"}');
