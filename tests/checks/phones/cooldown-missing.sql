SELECT make('phone_number_inventory', '{"id": "caught-null", "status": "COOLDOWN", "cooldownUntil": null}');
SELECT make('phone_number_inventory', '{"id": "caught-released", "status": "COOLDOWN", "cooldownUntil": null, "releasedAt": "2026-03-01T00:00:00"}');
SELECT make('phone_number_inventory', '{"id": "spared-set", "status": "COOLDOWN", "cooldownUntil": "2026-04-01T00:00:00"}');
SELECT make('phone_number_inventory', '{"id": "spared-available"}');
