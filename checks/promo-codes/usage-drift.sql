--! title: Promo codes whose use count is not the number of businesses that used them
--! dimension: consistency
--! level: warn
--! entity: promo_codes
--! owner: finance
--! why: A limited code closes too early, or never.
--! remedy: Set currentUses to the number of businesses with the code.
--! since: |
--!   SELECT id FROM promo_codes WHERE "createdAt" >= :since OR "updatedAt" >= :since
--!   UNION
--!   SELECT "promoCodeId" FROM business_customers WHERE "createdAt" >= :since OR "updatedAt" >= :since
SELECT p.id, p.code, p."currentUses", coalesce(b.businesses, 0) AS businesses, p."updatedAt"
FROM promo_codes p
LEFT JOIN (SELECT "promoCodeId", count(*) AS businesses FROM business_customers GROUP BY "promoCodeId") b ON b."promoCodeId" = p.id
WHERE p."currentUses" <> coalesce(b.businesses, 0)
