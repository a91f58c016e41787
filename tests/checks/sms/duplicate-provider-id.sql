SELECT make('sms_logs', '{"id": "caught-first", "twilioSid": "SM1"}');
SELECT make('sms_logs', '{"id": "caught-second", "twilioSid": "SM1"}');
SELECT make('sms_logs', '{"id": "caught-inbound", "twilioSid": "SM2", "direction": "INBOUND", "status": "RECEIVED"}');
SELECT make('sms_logs', '{"id": "caught-a-year-before", "twilioSid": "SM2", "createdAt": "2025-03-10T12:00:00"}');
SELECT make('sms_logs', '{"id": "caught-and-again", "twilioSid": "SM2"}');
SELECT make('sms_logs', '{"id": "spared-other-case", "twilioSid": "sm1"}');
SELECT make('sms_logs', '{"id": "spared-space", "twilioSid": "SM1 "}');
SELECT make('sms_logs', '{"id": "spared-null", "twilioSid": null}');
SELECT make('sms_logs', '{"id": "spared-null-too", "twilioSid": null}');
