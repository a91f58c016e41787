SELECT make('phone_number_inventory', jsonb_build_object('id', 'caught-' || s, 'status', s, 'currentBusinessId', 'spared-business')) FROM unnest('{AVAILABLE,COOLDOWN,RETIRED}'::text[]) AS s;
SELECT make('phone_number_inventory', jsonb_build_object('id', 'spared-' || s, 'status', s, 'currentBusinessId', 'spared-business')) FROM unnest('{ASSIGNED,RESERVED}'::text[]) AS s;
SELECT make('phone_number_inventory', jsonb_build_object('id', 'spared-free-' || s, 'status', s, 'previousBusinessId', 'spared-business')) FROM unnest('{AVAILABLE,COOLDOWN,RETIRED}'::text[]) AS s;
