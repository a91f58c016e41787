SELECT make('phone_number_inventory', '{"id": "caught-assigned", "status": "ASSIGNED", "currentBusinessId": null, "previousBusinessId": "spared-business"}');
SELECT make('phone_number_inventory', '{"id": "spared-assigned", "status": "ASSIGNED", "currentBusinessId": "spared-business"}');
SELECT make('phone_number_inventory', '{"id": "spared-orphan", "status": "ASSIGNED", "currentBusinessId": "nobody"}');
SELECT make('phone_number_inventory', jsonb_build_object('id', 'spared-' || s, 'status', s)) FROM unnest('{AVAILABLE,RESERVED,COOLDOWN,RETIRED}'::text[]) AS s;
