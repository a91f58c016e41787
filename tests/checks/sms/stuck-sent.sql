SELECT make('sms_logs', '{"id": "caught-just-over", "status": "SENT", "createdAt": "2026-03-10T13:59:59.999"}');
SELECT make('sms_logs', '{"id": "caught-last-year", "status": "SENT", "createdAt": "2025-03-10T14:00:00", "twilioSid": null}');
SELECT make('sms_logs', '{"id": "spared-an-hour", "status": "SENT", "createdAt": "2026-03-10T14:00:00"}');
SELECT make('sms_logs', '{"id": "spared-delivered", "createdAt": "2026-03-09T14:00:00"}');
SELECT make('sms_logs', '{"id": "spared-inbound", "status": "SENT", "direction": "INBOUND", "createdAt": "2026-03-09T14:00:00"}');
