SELECT make('business_customers', '{"id": "caught-one-over", "currentUsage": 1001, "monthlyLimit": 1000}');
SELECT make('business_customers', '{"id": "caught-no-limit-left", "currentUsage": 1, "monthlyLimit": 0}');
SELECT make('business_customers', '{"id": "spared-at-the-limit", "currentUsage": 1000, "monthlyLimit": 1000}');
SELECT make('business_customers', '{"id": "spared-zero", "currentUsage": 0, "monthlyLimit": 0}');
