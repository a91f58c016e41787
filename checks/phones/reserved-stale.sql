--! title: Numbers reserved for more than a day
--! dimension: temporal
--! level: warn
--! entity: phone_number_inventory
--! owner: operations
--! why: A sign-up stopped half way and keeps a number from others.
--! remedy: Run smsfood phones release NUMBER --apply.
--! params: {age: {interval: 24 hours}}
SELECT id, "phoneNumber", status, "currentBusinessId", "updatedAt"
FROM phone_number_inventory
WHERE status = 'RESERVED' AND "updatedAt" < :now - :age
