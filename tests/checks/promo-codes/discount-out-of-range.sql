SELECT make('promo_codes', jsonb_build_object('id', 'caught-' || t || d, 'discountType', t, 'discountValue', d))
FROM (VALUES ('PERCENTAGE', 0), ('PERCENTAGE', 101), ('PERCENTAGE', -10), ('FIXED_AMOUNT', 0), ('FIXED_AMOUNT', -1)) AS c (t, d);
SELECT make('promo_codes', jsonb_build_object('id', 'spared-' || t || d, 'discountType', t, 'discountValue', d))
FROM (VALUES ('PERCENTAGE', 1), ('PERCENTAGE', 100), ('FIXED_AMOUNT', 1), ('FIXED_AMOUNT', 5000)) AS c (t, d);
