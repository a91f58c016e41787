-- keys: 2026-03-10
SELECT make('menus', '{"id": "sold-out", "date": "2026-03-10"}');
SELECT make('menu_items', '{"menuId": "sold-out", "isAvailable": false}');
