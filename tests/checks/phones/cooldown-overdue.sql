SELECT make('phone_number_inventory', '{"id": "caught-just-over", "status": "COOLDOWN", "cooldownUntil": "2026-03-09T14:59:59.999"}');
SELECT make('phone_number_inventory', '{"id": "caught-last-year", "status": "COOLDOWN", "cooldownUntil": "2025-03-09T14:00:00"}');
SELECT make('phone_number_inventory', '{"id": "spared-24-hours", "status": "COOLDOWN", "cooldownUntil": "2026-03-09T15:00:00"}');
SELECT make('phone_number_inventory', '{"id": "spared-null", "status": "COOLDOWN", "cooldownUntil": null}');
SELECT make('phone_number_inventory', jsonb_build_object('id', 'spared-' || s, 'status', s, 'cooldownUntil', '2025-03-09T14:00:00')) FROM unnest('{AVAILABLE,ASSIGNED,RESERVED,RETIRED}'::text[]) AS s;
