SELECT make('orders', jsonb_build_object('id', 'caught-' || name, 'items', items))
FROM (VALUES
  ('empty-array', '[]'::jsonb), ('empty-object', '{}'), ('string', '"2x Jollof rice"'), ('number', '7'), ('boolean', 'true'),
  ('array-of-null', '[null]'), ('array-of-strings', '["name", "price"]'), ('array-of-arrays', '[[{"name": "Soup", "price": 1}]]'),
  ('object-of-null', '{"a": null}'), ('object-of-arrays', '{"a": [{"name": "Soup", "price": 1}]}'), ('single-item', '{"name": "Soup", "price": 1}'),
  ('name-missing', '[{"price": 1}]'), ('name-null', '[{"name": null, "price": 1}]'), ('name-empty', '[{"name": "", "price": 1}]'),
  ('name-blank', '{"a": {"name": " \t\n", "price": 1}}'), ('name-number', '[{"name": 5, "price": 1}]'), ('name-object', '[{"name": {"en": "Soup"}, "price": 1}]'),
  ('price-missing', '[{"name": "Soup"}]'), ('price-null', '{"a": {"name": "Soup", "price": null}}'), ('price-string', '[{"name": "Soup", "price": "1"}]'),
  ('price-dollars', '[{"name": "Soup", "price": 12.5}]'), ('price-negative', '[{"name": "Soup", "price": -1}]'), ('price-array', '[{"name": "Soup", "price": [1]}]'),
  ('price-tiny-fraction', '[{"name": "Soup", "price": 1.0000000000000000000000001}]'), ('price-boolean', '[{"name": "Soup", "price": true}]'),
  ('quantity-null', '[{"name": "Soup", "price": 1, "quantity": null}]'), ('quantity-zero', '{"a": {"name": "Soup", "price": 1, "quantity": 0}}'),
  ('quantity-negative', '[{"name": "Soup", "price": 1, "quantity": -1}]'), ('quantity-fraction', '[{"name": "Soup", "price": 1, "quantity": 1.5}]'),
  ('quantity-string', '[{"name": "Soup", "price": 1, "quantity": "2"}]'), ('quantity-object', '[{"name": "Soup", "price": 1, "quantity": {}}]'),
  ('second-of-two', '[{"name": "Soup", "price": 1}, {"name": "Rice", "price": "1"}]'),
  ('second-key-of-two', '{"a": {"name": "Soup", "price": 1}, "b": {"name": "Rice"}}')
) AS hostile (name, items);
SELECT make('orders', '{"id": "caught-json-null"}');
UPDATE orders SET items = 'null' WHERE id = 'caught-json-null';
SELECT make('orders', '{"id": "caught-huge-and-negative"}');
UPDATE orders SET items = jsonb_build_array(jsonb_build_object('name', 'Soup', 'price', ('-1' || repeat('0', 131071))::numeric, 'quantity', 1e20)) WHERE id = 'caught-huge-and-negative';
SELECT make('orders', '{"id": "caught-cancelled", "items": [], "status": "CANCELLED"}');
SELECT make('orders', jsonb_build_object('id', 'spared-' || name, 'items', items))
FROM (VALUES
  ('array', '[{"menuItemId": "i", "name": "Soup", "price": 1, "quantity": 1}]'::jsonb), ('object', '{"i": {"name": "Soup", "price": 1, "quantity": 1}}'),
  ('no-quantity', '[{"name": "Soup", "price": 1}]'), ('object-no-quantity', '{"i": {"name": "Soup", "price": 1}}'), ('free', '[{"name": "Soup", "price": 0}]'),
  ('price-with-zeros', '[{"name": "Soup", "price": 5.00, "quantity": 2.0}]'), ('price-exponent', '[{"name": "Soup", "price": 1e3}]'),
  ('menu-item-number', '[{"menuItemId": 5, "name": "Soup", "price": 1}]'), ('one-letter', '{"": {"name": " S ", "price": 1}}'),
  ('more-keys', '[{"name": "Soup", "price": 1, "notes": null, "size": {"ml": 300.5}}]'), ('key-called-name', '{"name": {"name": "Soup", "price": 1}}')
) AS fine (name, items);
SELECT make('orders', '{"id": "spared-huge"}');
UPDATE orders SET items = jsonb_build_array(jsonb_build_object('name', 'Soup', 'price', ('1' || repeat('0', 131071))::numeric, 'quantity', ('1' || repeat('0', 131071))::numeric)) WHERE id = 'spared-huge';
