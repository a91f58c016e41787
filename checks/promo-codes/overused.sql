--! title: Promo codes used more often than allowed
--! dimension: consistency
--! level: fail
--! entity: promo_codes
--! owner: finance
--! why: Discounts were given that nobody budgeted for.
--! remedy: Switch the code off, and count uses in the transaction that grants them.
SELECT id, code, "currentUses", "maxUses", "isActive"
FROM promo_codes
WHERE "currentUses" > "maxUses"
