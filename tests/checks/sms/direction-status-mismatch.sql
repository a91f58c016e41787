SELECT make('sms_logs', jsonb_build_object('id', 'caught-inbound-' || s, 'direction', 'INBOUND', 'status', s)) FROM unnest('{SENT,DELIVERED,FAILED}'::text[]) AS s;
SELECT make('sms_logs', '{"id": "caught-outbound-received", "status": "RECEIVED"}');
SELECT make('sms_logs', jsonb_build_object('id', 'spared-outbound-' || s, 'direction', 'OUTBOUND', 'status', s)) FROM unnest('{SENT,DELIVERED,FAILED}'::text[]) AS s;
SELECT make('sms_logs', '{"id": "spared-inbound-received", "direction": "INBOUND", "status": "RECEIVED"}');
