SELECT make('phone_number_inventory', '{"id": "caught-hand-typed", "phoneNumber": "404-555-0101"}');
SELECT make('phone_number_inventory', '{"id": "caught-no-plus", "phoneNumber": "14045550102"}');
SELECT make('phone_number_inventory', '{"id": "caught-leading-zero", "phoneNumber": "+04045550103"}');
SELECT make('phone_number_inventory', '{"id": "caught-seven-digits", "phoneNumber": "+1404555"}');
SELECT make('phone_number_inventory', '{"id": "caught-sixteen-digits", "phoneNumber": "+1234567890123456"}');
SELECT make('phone_number_inventory', '{"id": "caught-line-break", "phoneNumber": "+14045550104\n"}');
SELECT make('phone_number_inventory', '{"id": "caught-retired", "phoneNumber": "", "status": "RETIRED"}');
SELECT make('phone_number_inventory', '{"id": "spared-eight-digits", "phoneNumber": "+14045550"}');
SELECT make('phone_number_inventory', '{"id": "spared-fifteen-digits", "phoneNumber": "+123456789012345"}');
