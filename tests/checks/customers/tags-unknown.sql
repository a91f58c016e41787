SELECT make('customers', '{"id": "caught-invented", "tags": ["Whale"]}');
SELECT make('customers', '{"id": "caught-one-of-two", "tags": ["VIP", "vegan"]}');
SELECT make('customers', '{"id": "caught-lower-case", "tags": ["new"]}');
SELECT make('customers', '{"id": "caught-null-tag", "tags": ["New", null]}');
SELECT make('customers', '{"id": "caught-empty-tag", "tags": [""]}');
SELECT make('customers', '{"id": "spared-null", "tags": null}');
SELECT make('customers', '{"id": "spared-none", "tags": []}');
SELECT make('customers', '{"id": "spared-all", "tags": ["New", "Regular", "Frequent", "Occasional", "One-time", "VIP", "At-Risk", "Lost", "Lost"]}');
