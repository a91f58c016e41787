SELECT make('phone_number_inventory', '{"id": "caught-neighbour", "phoneNumber": "+14045550101", "areaCode": "470"}');
SELECT make('phone_number_inventory', '{"id": "caught-space", "phoneNumber": "+14045550102", "areaCode": "404 "}');
SELECT make('phone_number_inventory', '{"id": "caught-empty", "phoneNumber": "+14045550103", "areaCode": ""}');
SELECT make('phone_number_inventory', '{"id": "caught-short", "phoneNumber": "+140", "areaCode": "404"}');
SELECT make('phone_number_inventory', '{"id": "spared-same", "phoneNumber": "+14045550104", "areaCode": "404"}');
SELECT make('phone_number_inventory', '{"id": "spared-abroad", "phoneNumber": "+2348012345678", "areaCode": "404"}');
SELECT make('phone_number_inventory', '{"id": "spared-not-e164", "phoneNumber": "470-555-0105", "areaCode": "404"}');
