SELECT make('business_customers', '{"id": "off", "isActive": false}');
SELECT make('business_customers', '{"id": "one-l", "subscriptionStatus": "canceled"}');
SELECT make('business_customers', '{"id": "two-ls", "subscriptionStatus": "cancelled"}');
SELECT make('business_customers', '{"id": "both", "subscriptionStatus": "canceled", "isActive": false}');
SELECT make('business_customers', '{"id": "suspended", "subscriptionStatus": "suspended"}');
SELECT make('business_customers', '{"id": "trial", "subscriptionStatus": "trial"}');
SELECT make('phone_number_inventory', jsonb_build_object('id', 'caught-' || b, 'status', 'ASSIGNED', 'currentBusinessId', b)) FROM unnest('{off,one-l,two-ls,both}'::text[]) AS b;
SELECT make('phone_number_inventory', jsonb_build_object('id', 'spared-' || b, 'status', 'ASSIGNED', 'currentBusinessId', b)) FROM unnest('{suspended,trial,nobody}'::text[]) AS b;
SELECT make('phone_number_inventory', jsonb_build_object('id', 'spared-' || s, 'status', s, 'currentBusinessId', 'both')) FROM unnest('{AVAILABLE,RESERVED,COOLDOWN,RETIRED}'::text[]) AS s;
