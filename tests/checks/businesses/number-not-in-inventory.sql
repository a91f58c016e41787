SELECT make('phone_number_inventory', '{"phoneNumber": "+14045550101"}');
SELECT make('phone_number_inventory', '{"phoneNumber": "+14045550102", "status": "RETIRED"}');
SELECT make('business_customers', '{"id": "caught-unknown", "assignedPhoneNumber": "+14045550199"}');
SELECT make('business_customers', '{"id": "caught-hand-typed", "assignedPhoneNumber": "404-555-0101"}');
SELECT make('business_customers', '{"id": "caught-empty", "assignedPhoneNumber": ""}');
SELECT make('business_customers', '{"id": "spared-known", "assignedPhoneNumber": "+14045550101"}');
SELECT make('business_customers', '{"id": "spared-retired", "assignedPhoneNumber": "+14045550102"}');
SELECT make('business_customers', '{"id": "spared-null", "assignedPhoneNumber": null}');
