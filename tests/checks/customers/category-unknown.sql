SELECT make('customers', '{"id": "caught-invented", "category": "Whale"}');
SELECT make('customers', '{"id": "caught-lower-case", "category": "vip"}');
SELECT make('customers', '{"id": "caught-space", "category": "VIP "}');
SELECT make('customers', '{"id": "caught-empty", "category": ""}');
SELECT make('customers', '{"id": "spared-null", "category": null}');
SELECT make('customers', jsonb_build_object('id', 'spared-' || c, 'category', c))
FROM unnest('{New,Regular,Frequent,Occasional,One-time,VIP,At-Risk,Lost}'::text[]) AS c;
