SELECT make('orders', jsonb_build_object('id', 'caught-' || s, 'status', s, 'createdAt', '2026-03-01T00:00:00', 'updatedAt', '2026-03-09T14:59:59.999'))
FROM unnest('{PAID,PREPARING,READY}'::text[]) AS s;
SELECT make('orders', jsonb_build_object('id', 'spared-' || s, 'status', s, 'createdAt', '2026-03-01T00:00:00', 'updatedAt', '2026-03-09T15:00:00'))
FROM unnest('{PAID,PREPARING,READY}'::text[]) AS s;
SELECT make('orders', jsonb_build_object('id', 'spared-' || s, 'status', s, 'createdAt', '2026-03-01T00:00:00'))
FROM unnest('{PENDING,CONFIRMED,DELIVERED,CANCELLED}'::text[]) AS s;
