SELECT make('customers', '{"id": "caught-e164", "phoneNumber": "+14045550101"}');
SELECT make('customers', '{"id": "caught-hand-typed", "phoneNumber": "(404) 555-0101"}');
SELECT make('customers', '{"id": "caught-without-plus", "phoneNumber": "14045550101"}');
SELECT make('customers', '{"id": "caught-country", "phoneNumber": "+447700900123"}');
SELECT make('customers', '{"id": "caught-national", "phoneNumber": "07700 900 123 (home: 7700 900 123)"}');
SELECT make('customers', '{"id": "spared-one-digit-off", "phoneNumber": "+14045550102"}');
SELECT make('customers', '{"id": "spared-no-digits", "phoneNumber": "unknown"}');
SELECT make('customers', '{"id": "spared-no-digits-either", "phoneNumber": ""}');
SELECT make('customers', '{"id": "spared-seven-digits", "phoneNumber": "555-0101"}');
SELECT make('customers', '{"id": "spared-seven-digits-too", "phoneNumber": "5550101"}');
-- Another business's customer with the same number is no duplicate in the newer generation, and cannot exist in the other.
SELECT make('customers', '{"id": "spared-at-home", "phoneNumber": "+14045550199"}');
SELECT make('business_customers', '{"id": "spared-other-business"}');
SELECT make('customers', '{"id": "spared-elsewhere", "phoneNumber": "404-555-0199", "businessId": "spared-other-business"}')
WHERE EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'customers'::regclass AND attname = 'businessId');
