SELECT make('phone_number_inventory', jsonb_build_object('id', 'caught-' || s, 'status', s, 'cooldownUntil', '2026-03-10T15:00:00.001')) FROM unnest('{AVAILABLE,RESERVED,ASSIGNED}'::text[]) AS s;
SELECT make('phone_number_inventory', jsonb_build_object('id', 'spared-over-' || s, 'status', s, 'cooldownUntil', '2026-03-10T15:00:00')) FROM unnest('{AVAILABLE,RESERVED,ASSIGNED}'::text[]) AS s;
SELECT make('phone_number_inventory', jsonb_build_object('id', 'spared-' || s, 'status', s, 'cooldownUntil', '2026-04-01T00:00:00')) FROM unnest('{COOLDOWN,RETIRED}'::text[]) AS s;
SELECT make('phone_number_inventory', '{"id": "spared-null", "cooldownUntil": null}');
