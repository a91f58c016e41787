SELECT make('business_customers', '{"id": "caught-disabled", "isActive": false}');
SELECT make('business_customers', '{"id": "spared-enabled", "isActive": true}');
SELECT make('business_customers', '{"id": "spared-trial", "isActive": false, "subscriptionStatus": "trial"}');
SELECT make('business_customers', '{"id": "spared-suspended", "isActive": false, "subscriptionStatus": "suspended"}');
SELECT make('business_customers', '{"id": "spared-cancelled", "isActive": false, "subscriptionStatus": "cancelled"}');
