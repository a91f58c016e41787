SELECT make('menus', '{"id": "today", "date": "2026-03-10"}');
SELECT make('menu_items', '{"menuId": "today", "isAvailable": false}');
SELECT make('menu_items', '{"menuId": "today"}');
