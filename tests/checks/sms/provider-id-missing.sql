SELECT make('sms_logs', '{"id": "caught-sent", "twilioSid": null, "status": "SENT"}');
SELECT make('sms_logs', '{"id": "caught-delivered", "twilioSid": null}');
SELECT make('sms_logs', '{"id": "caught-received", "twilioSid": null, "status": "RECEIVED"}');
SELECT make('sms_logs', '{"id": "spared-failed", "twilioSid": null, "status": "FAILED", "errorCode": "21610"}');
SELECT make('sms_logs', '{"id": "spared-inbound", "twilioSid": null, "status": "RECEIVED", "direction": "INBOUND"}');
SELECT make('sms_logs', '{"id": "spared-known"}');
