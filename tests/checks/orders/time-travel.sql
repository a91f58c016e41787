SELECT make('orders', '{"id": "caught-future", "createdAt": "2026-03-10T15:05:00.001"}');
SELECT make('orders', '{"id": "caught-next-year", "createdAt": "2027-03-10T15:00:00", "status": "CANCELLED"}');
SELECT make('orders', '{"id": "caught-changed-before-made", "createdAt": "2026-03-10T12:00:00", "updatedAt": "2026-03-10T11:59:59.999"}');
SELECT make('orders', '{"id": "spared-5-minutes-ahead", "createdAt": "2026-03-10T15:05:00"}');
SELECT make('orders', '{"id": "spared-never-changed", "createdAt": "2026-03-10T12:00:00", "updatedAt": "2026-03-10T12:00:00"}');
SELECT make('orders', '{"id": "spared-changed-later", "createdAt": "2026-03-10T12:00:00", "updatedAt": "2026-03-10T12:00:00.001"}');
