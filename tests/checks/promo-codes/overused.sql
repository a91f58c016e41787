SELECT make('promo_codes', '{"id": "caught-one-over", "currentUses": 101, "maxUses": 100}');
SELECT make('promo_codes', '{"id": "caught-none-allowed", "currentUses": 1, "maxUses": 0, "isActive": false}');
SELECT make('promo_codes', '{"id": "spared-at-the-limit", "currentUses": 100, "maxUses": 100}');
SELECT make('promo_codes', '{"id": "spared-unlimited", "currentUses": 1000, "maxUses": null}');
