SELECT make('promo_codes', '{"id": "caught-too-many", "currentUses": 2}');
SELECT make('business_customers', '{"promoCodeId": "caught-too-many"}');
SELECT make('promo_codes', '{"id": "caught-too-few", "currentUses": 0}');
SELECT make('business_customers', '{"promoCodeId": "caught-too-few", "isActive": false}');
SELECT make('promo_codes', '{"id": "caught-unused", "currentUses": 1, "code": "UNUSED"}');
-- Only promoCodeId counts, not the code that was typed.
SELECT make('business_customers', '{"promoCodeId": null, "promoCodeUsed": "UNUSED"}');
SELECT make('promo_codes', '{"id": "spared-two", "currentUses": 2}');
SELECT make('business_customers', '{"promoCodeId": "spared-two"}');
SELECT make('business_customers', '{"promoCodeId": "spared-two"}');
SELECT make('promo_codes', '{"id": "spared-unused", "currentUses": 0}');
