SELECT make('business_customers', '{"id": "caught-no-city", "city": null}');
SELECT make('business_customers', '{"id": "caught-no-state", "state": null}');
SELECT make('business_customers', '{"id": "caught-blank-city", "city": " \t"}');
SELECT make('business_customers', '{"id": "caught-empty-state", "state": ""}');
SELECT make('business_customers', '{"id": "caught-inactive", "city": null, "state": null, "isActive": false}');
SELECT make('business_customers', '{"id": "spared-both"}');
SELECT make('business_customers', '{"id": "spared-letter", "city": "\nX"}');
