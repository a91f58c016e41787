SELECT make('customers', '{"id": "caught-null", "name": null}');
SELECT make('customers', '{"id": "caught-empty", "name": ""}');
SELECT make('customers', '{"id": "caught-spaces", "name": "   "}');
SELECT make('customers', '{"id": "caught-tab-and-newline", "name": " \t\r\n"}');
SELECT make('customers', '{"id": "spared-letter", "name": " A\n"}');
SELECT make('customers', '{"id": "spared-inactive", "name": null, "isActive": false}');
SELECT make('customers', '{"id": "spared-inactive-blank", "name": " ", "isActive": false}');
