SELECT make('menu_items', '{"id": "caught-one-cent", "price": -1}');
SELECT make('menu_items', '{"id": "caught-unavailable", "price": -2147483648, "isAvailable": false}');
SELECT make('menu_items', '{"id": "spared-free", "price": 0}');
SELECT make('menu_items', '{"id": "spared-one-cent", "price": 1}');
