ALTER TABLE orders DROP CONSTRAINT "orders_menuId_fkey";
SELECT make('orders', '{"id": "caught-gone", "menuId": "nothing"}');
SELECT make('orders', '{"id": "caught-empty", "menuId": ""}');
SELECT make('orders', '{"id": "caught-item-for-menu", "menuId": "spared-item", "status": "CANCELLED"}');
SELECT make('orders', '{"id": "spared-known"}');
