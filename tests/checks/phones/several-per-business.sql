SELECT make('phone_number_inventory', jsonb_build_object('id', 'caught-' || n, 'status', 'ASSIGNED', 'currentBusinessId', 'three')) FROM generate_series(1, 3) AS n;
SELECT make('phone_number_inventory', '{"id": "spared-one-of-one", "status": "ASSIGNED", "currentBusinessId": "one"}');
SELECT make('phone_number_inventory', '{"id": "spared-cooling-down", "status": "COOLDOWN", "currentBusinessId": "one"}');
SELECT make('phone_number_inventory', '{"id": "spared-reserved", "status": "RESERVED", "currentBusinessId": "three"}');
SELECT make('phone_number_inventory', '{"id": "spared-null", "status": "ASSIGNED", "currentBusinessId": null}');
SELECT make('phone_number_inventory', '{"id": "spared-null-too", "status": "ASSIGNED", "currentBusinessId": null}');
