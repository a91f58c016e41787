SELECT make('phone_number_inventory', '{"id": "caught-just-short", "status": "COOLDOWN", "releasedAt": "2026-03-01T12:00:00", "cooldownUntil": "2026-03-31T10:59:59.999"}');
SELECT make('phone_number_inventory', '{"id": "caught-a-week", "status": "AVAILABLE", "releasedAt": "2026-02-01T12:00:00", "cooldownUntil": "2026-02-08T12:00:00"}');
SELECT make('phone_number_inventory', '{"id": "caught-before-release", "status": "RETIRED", "releasedAt": "2026-02-01T12:00:00", "cooldownUntil": "2026-01-08T12:00:00"}');
SELECT make('phone_number_inventory', '{"id": "spared-clock-change", "status": "COOLDOWN", "releasedAt": "2026-03-01T12:00:00", "cooldownUntil": "2026-03-31T11:00:00"}');
SELECT make('phone_number_inventory', '{"id": "spared-30-days", "status": "COOLDOWN", "releasedAt": "2026-03-01T12:00:00", "cooldownUntil": "2026-03-31T12:00:00"}');
SELECT make('phone_number_inventory', '{"id": "spared-no-release", "status": "COOLDOWN", "releasedAt": null, "cooldownUntil": "2026-03-11T12:00:00"}');
SELECT make('phone_number_inventory', '{"id": "spared-no-end", "status": "COOLDOWN", "releasedAt": "2026-03-01T12:00:00", "cooldownUntil": null}');
