SELECT make('phone_number_inventory', '{"id": "caught-just-over", "status": "RESERVED", "createdAt": "2026-03-01T00:00:00", "updatedAt": "2026-03-09T14:59:59.999"}');
SELECT make('phone_number_inventory', '{"id": "caught-last-year", "status": "RESERVED", "createdAt": "2025-03-01T00:00:00"}');
SELECT make('phone_number_inventory', '{"id": "spared-24-hours", "status": "RESERVED", "createdAt": "2026-03-01T00:00:00", "updatedAt": "2026-03-09T15:00:00"}');
SELECT make('phone_number_inventory', '{"id": "spared-available", "createdAt": "2025-03-01T00:00:00"}');
