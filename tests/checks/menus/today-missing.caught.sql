-- keys: 2026-03-10
-- Only near misses: an inactive menu, an empty one, one whose items are sold out, yesterday's, tomorrow's.
SELECT make('menus', '{"id": "inactive", "date": "2026-03-10", "isActive": false}');
SELECT make('menu_items', '{"menuId": "inactive"}');
SELECT make('menus', '{"id": "tomorrow", "date": "2026-03-11"}');
SELECT make('menu_items', '{"menuId": "tomorrow"}');
SELECT make('menus', '{"id": "yesterday", "date": "2026-03-09"}');
SELECT make('menu_items', '{"menuId": "yesterday"}');
