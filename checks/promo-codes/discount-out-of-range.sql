--! title: Promo codes with an impossible discount
--! dimension: validity
--! level: fail
--! entity: promo_codes
--! owner: finance
--! why: More than all is taken off, or the code does nothing.
--! remedy: Correct the discount, and look at who has used the code.
SELECT id, code, "discountType", "discountValue", "currentUses"
FROM promo_codes
WHERE ("discountType" = 'PERCENTAGE' AND "discountValue" NOT BETWEEN 1 AND 100)
   OR ("discountType" = 'FIXED_AMOUNT' AND "discountValue" <= 0)
