-- cents: 5202
SELECT make('orders', '{"id": "caught-one-cent-more", "totalAmount": 2501}');
SELECT make('orders', '{"id": "caught-one-cent-less", "totalAmount": 2499}');
SELECT make('orders', '{"id": "caught-quantity-is-one", "totalAmount": 2500, "items": [{"name": "Soup", "price": 1250}]}');
SELECT make('orders', '{"id": "caught-object", "totalAmount": 1250, "items": {"a": {"name": "Soup", "price": 1250, "quantity": 2}}}');
SELECT make('orders', '{"id": "caught-cancelled", "totalAmount": 0, "items": [{"name": "Soup", "price": 1700}], "status": "CANCELLED"}');
SELECT make('orders', '{"id": "caught-negative", "totalAmount": -1000, "items": [{"name": "Soup", "price": 0}]}');
SELECT make('orders', '{"id": "spared-array", "totalAmount": 2600, "items": [{"name": "Soup", "price": 1250, "quantity": 2}, {"name": "Water", "price": 100}]}');
SELECT make('orders', '{"id": "spared-object", "totalAmount": 2600, "items": {"a": {"name": "Soup", "price": 1250, "quantity": 2}, "b": {"name": "Water", "price": 100}}}');
SELECT make('orders', '{"id": "spared-free", "totalAmount": 0, "items": [{"name": "Soup", "price": 0, "quantity": 9}]}');
SELECT make('orders', '{"id": "spared-with-zeros", "totalAmount": 10, "items": [{"name": "Soup", "price": 5.00, "quantity": 2.0}]}');
SELECT make('orders', '{"id": "spared-largest", "totalAmount": 2147483647, "items": [{"name": "Soup", "price": 2147483647}]}');
-- Malformed items are another check's.
SELECT make('orders', jsonb_build_object('id', 'spared-malformed-' || row_number() OVER (), 'totalAmount', 7, 'items', items))
FROM unnest('{"[]", "{}", "7", "[null]", "[{\"name\": \"Soup\", \"price\": \"5\"}]", "[{\"name\": \"Soup\", \"price\": 5}, {\"name\": \"\", \"price\": 5}]", "{\"a\": {\"name\": \"Soup\", \"price\": 5, \"quantity\": null}}"}'::jsonb[]) AS items;
SELECT make('orders', '{"id": "spared-malformed-and-huge"}');
UPDATE orders SET items = jsonb_build_array(jsonb_build_object('name', 'Soup', 'price', ('1' || repeat('0', 131071))::numeric, 'quantity', 0.5)) WHERE id = 'spared-malformed-and-huge';
