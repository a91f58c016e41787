SELECT make('phone_number_inventory', jsonb_build_object('id', 'caught-' || s, 'status', s, 'currentBusinessId', 'nobody')) FROM unnest('{AVAILABLE,ASSIGNED,RETIRED}'::text[]) AS s;
SELECT make('phone_number_inventory', '{"id": "caught-empty", "status": "ASSIGNED", "currentBusinessId": ""}');
SELECT make('business_customers', '{"id": "spared-business", "isActive": false}');
SELECT make('phone_number_inventory', '{"id": "spared-known", "status": "ASSIGNED", "currentBusinessId": "spared-business"}');
SELECT make('phone_number_inventory', '{"id": "spared-null", "status": "ASSIGNED", "currentBusinessId": null}');
SELECT make('phone_number_inventory', '{"id": "spared-previous", "previousBusinessId": "nobody"}');
