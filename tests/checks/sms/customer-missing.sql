SELECT make('sms_logs', '{"id": "caught-outbound", "customerId": null}');
SELECT make('sms_logs', '{"id": "caught-inbound", "customerId": null, "direction": "INBOUND", "status": "RECEIVED"}');
SELECT make('sms_logs', '{"id": "spared-known"}');
