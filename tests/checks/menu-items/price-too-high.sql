SELECT make('menu_items', '{"id": "caught-one-cent-over", "price": 50001}');
SELECT make('menu_items', '{"id": "caught-unavailable", "price": 2147483647, "isAvailable": false}');
SELECT make('menu_items', '{"id": "spared-at-the-limit", "price": 50000}');
SELECT make('menu_items', '{"id": "spared-negative", "price": -50001}');
