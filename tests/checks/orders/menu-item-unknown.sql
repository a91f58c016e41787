SELECT make('menu_items', '{"id": "soup"}');
SELECT make('menu_items', '{"id": "rice", "isAvailable": false}');
SELECT make('orders', jsonb_build_object('id', 'caught-' || name, 'items', items))
FROM (VALUES
  ('array', '[{"menuItemId": "gone", "name": "Soup", "price": 1}]'::jsonb), ('object', '{"gone": {"name": "Soup", "price": 1}}'),
  ('second-of-two', '[{"menuItemId": "soup", "name": "Soup", "price": 1}, {"menuItemId": "gone", "name": "Rice", "price": 1}]'),
  ('second-key-of-two', '{"rice": {"name": "Rice", "price": 1}, "gone": {"name": "Soup", "price": 1}}'),
  ('one-without-id', '[{"name": "Soup", "price": 1}, {"menuItemId": "gone", "name": "Rice", "price": 1}]'),
  ('number', '[{"menuItemId": 5, "name": "Soup", "price": 1}]'), ('space', '[{"menuItemId": "soup ", "name": "Soup", "price": 1}]'),
  ('empty', '[{"menuItemId": "", "name": "Soup", "price": 1}]'), ('empty-key', '{"": {"name": "Soup", "price": 1}}')
) AS o (name, items);
SELECT make('orders', jsonb_build_object('id', 'spared-' || name, 'items', items))
FROM (VALUES
  ('array', '[{"menuItemId": "soup", "name": "Soup", "price": 1}, {"menuItemId": "rice", "name": "Rice", "price": 1}]'::jsonb),
  ('object', '{"soup": {"name": "Soup", "price": 1}, "rice": {"name": "Rice", "price": 1}}'),
  ('without-id', '[{"name": "Soup", "price": 1}]'), ('null-id', '[{"menuItemId": null, "name": "Soup", "price": 1}]'),
  ('malformed', '[{"menuItemId": "gone", "name": "Soup"}]'), ('malformed-object', '{"gone": {"name": "", "price": 1}}'), ('empty', '[]'), ('neither-shape', '"gone"')
) AS o (name, items);
