ALTER TABLE sms_logs DROP CONSTRAINT "sms_logs_customerId_fkey";
SELECT make('sms_logs', '{"id": "caught-gone", "customerId": "nobody"}');
SELECT make('sms_logs', '{"id": "caught-empty", "customerId": ""}');
SELECT make('sms_logs', '{"id": "caught-inbound", "customerId": "spared-customer ", "direction": "INBOUND", "status": "RECEIVED"}');
SELECT make('sms_logs', '{"id": "spared-null", "customerId": null}');
SELECT make('sms_logs', '{"id": "spared-known"}');
