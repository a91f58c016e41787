SELECT make('business_customers', '{"id": "caught-invented", "subscriptionTier": "enterprise"}');
SELECT make('business_customers', '{"id": "caught-upper-case", "subscriptionTier": "Pro"}');
SELECT make('business_customers', '{"id": "caught-empty", "subscriptionTier": ""}');
SELECT make('business_customers', '{"id": "spared-null", "subscriptionTier": null}');
SELECT make('business_customers', '{"id": "spared-starter", "subscriptionTier": "starter"}');
SELECT make('business_customers', '{"id": "spared-pro", "subscriptionTier": "pro"}');
