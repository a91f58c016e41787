SELECT make('customers', '{"id": "caught-array", "preferences": []}');
SELECT make('customers', '{"id": "caught-string", "preferences": "{}"}');
SELECT make('customers', '{"id": "caught-number", "preferences": 0}');
SELECT make('customers', '{"id": "caught-boolean", "preferences": false}');
SELECT make('customers', '{"id": "spared-empty-object", "preferences": {}}');
SELECT make('customers', '{"id": "spared-sql-null", "preferences": null}');
SELECT make('customers', '{"id": "spared-json-null"}');
UPDATE customers SET preferences = 'null' WHERE id = 'spared-json-null';
