SELECT make('customers', '{"id": "caught-lower", "email": "ada@example.com"}');
SELECT make('customers', '{"id": "caught-upper", "email": "ADA@Example.com"}');
SELECT make('customers', '{"id": "caught-spaces", "email": "  ada@example.com \t\n"}');
SELECT make('customers', '{"id": "caught-malformed", "email": "none"}');
SELECT make('customers', '{"id": "caught-malformed-too", "email": "None"}');
SELECT make('customers', '{"id": "spared-dot", "email": "a.da@example.com"}');
SELECT make('customers', '{"id": "spared-inner-space", "email": "ada @example.com"}');
SELECT make('customers', '{"id": "spared-null", "email": null}');
SELECT make('customers', '{"id": "spared-null-too", "email": null}');
SELECT make('customers', '{"id": "spared-empty", "email": ""}');
SELECT make('customers', '{"id": "spared-blank", "email": " "}');
SELECT make('customers', '{"id": "spared-empty-too", "email": ""}');
SELECT make('customers', '{"id": "spared-at-home", "email": "grace@example.com"}');
SELECT make('business_customers', '{"id": "spared-other-business"}');
SELECT make('customers', '{"id": "spared-elsewhere", "email": "grace@example.com", "businessId": "spared-other-business"}')
WHERE EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'customers'::regclass AND attname = 'businessId');
