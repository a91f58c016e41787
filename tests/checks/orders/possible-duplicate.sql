-- cents: 23000
SELECT make('customers', jsonb_build_object('id', 'spared-customer-' || n)) FROM generate_series(1, 9) AS n;
SELECT make('orders', jsonb_build_object('id', id, 'customerId', 'spared-customer-' || customer, 'createdAt', timestamp '2026-03-10 12:00' + seconds * interval '1 second') || more)
FROM (VALUES
  ('spared-first', 1, 0, '{}'::jsonb), ('caught-120-seconds-later', 1, 120, '{"status": "PENDING"}'),
  ('caught-third', 1, 180, '{"status": "CONFIRMED"}'), ('spared-120.001-seconds-later', 1, 300.001, '{}'),
  -- The one it repeats is not the one just before it.
  ('spared-lunch', 2, 0, '{}'), ('spared-drinks', 2, 30, '{"totalAmount": 500}'), ('caught-lunch-again', 2, 60, '{}'), ('caught-drinks-again', 2, 61, '{"totalAmount": 500}'),
  -- At the same instant the greater id is the later one, whichever was stored first: n of them are n - 1 repetitions.
  ('a-spared-same-instant', 3, 0, '{}'), ('caught-b-same-instant', 3, 0, '{}'), ('caught-c-same-instant', 3, 0, '{}'),
  ('caught-e-same-instant', 4, 0, '{}'), ('a-spared-stored-last', 4, 0, '{}'), ('caught-d-after-them', 4, 90, '{}'),
  -- Cancelled orders neither count nor are repeated, and do not hide the one before them.
  ('spared-cancelled', 5, 0, '{"status": "CANCELLED"}'), ('spared-after-cancelled', 5, 10, '{}'), ('spared-cancelled-between', 5, 20, '{"status": "CANCELLED"}'), ('caught-after-both', 5, 30, '{}'),
  ('spared-other-amount', 6, 0, '{"totalAmount": 2501}'), ('spared-and-mine', 6, 10, '{}'),
  ('spared-other-items', 7, 0, '{"items": [{"name": "Soup", "price": 2500}]}'), ('spared-those-items', 7, 10, '{}'),
  -- The order of an object's keys and the scale of a number make no difference to jsonb.
  ('spared-keys', 8, 0, '{"items": {"a": {"name": "Soup", "price": 2500}}}'), ('caught-keys-reversed', 8, 10, '{"items": {"a": {"price": 2500.0, "name": "Soup"}}}'),
  ('spared-other-customer', 9, 5, '{}')
) AS o (id, customer, seconds, more);
