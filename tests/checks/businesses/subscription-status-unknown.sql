SELECT make('business_customers', '{"id": "caught-one-l", "subscriptionStatus": "canceled", "isActive": false}');
SELECT make('business_customers', '{"id": "caught-upper-case", "subscriptionStatus": "ACTIVE"}');
SELECT make('business_customers', '{"id": "caught-stripe", "subscriptionStatus": "past_due"}');
SELECT make('business_customers', '{"id": "caught-space", "subscriptionStatus": "active "}');
SELECT make('business_customers', '{"id": "caught-empty", "subscriptionStatus": ""}');
SELECT make('business_customers', jsonb_build_object('id', 'spared-' || s, 'subscriptionStatus', s))
FROM unnest('{trial,active,suspended,cancelled}'::text[]) AS s;
