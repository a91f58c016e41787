SELECT make('customers', '{"id": "caught-null", "email": null}');
SELECT make('customers', '{"id": "caught-empty", "email": ""}');
SELECT make('customers', '{"id": "caught-tab", "email": " \t\n"}');
SELECT make('customers', '{"id": "spared-malformed", "email": "x"}');
SELECT make('customers', '{"id": "spared-inactive", "email": null, "isActive": false}');
