SELECT make('sms_logs', '{"id": "caught-null", "status": "FAILED", "errorCode": null}');
SELECT make('sms_logs', '{"id": "caught-blank", "status": "FAILED", "errorCode": " \t"}');
SELECT make('sms_logs', '{"id": "caught-inbound", "status": "FAILED", "direction": "INBOUND"}');
SELECT make('sms_logs', '{"id": "spared-code", "status": "FAILED", "errorCode": "30003"}');
SELECT make('sms_logs', '{"id": "spared-unknown", "status": "FAILED", "errorCode": "UNKNOWN_ERROR"}');
SELECT make('sms_logs', '{"id": "spared-delivered", "status": "DELIVERED"}');
SELECT make('sms_logs', '{"id": "spared-sent", "status": "SENT"}');
