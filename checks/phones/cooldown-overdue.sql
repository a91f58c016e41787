--! title: Numbers whose cooldown ended more than a day ago
--! dimension: temporal
--! level: warn
--! entity: phone_number_inventory
--! owner: operations
--! why: The number is paid for and could be sold.
--! remedy: Run smsfood phones recycle --apply, and look whether the nightly job runs; it names the numbers that it leaves.
--! params: {age: {interval: 24 hours}}
SELECT id, "phoneNumber", status, "releasedAt", "cooldownUntil"
FROM phone_number_inventory
WHERE status = 'COOLDOWN' AND "cooldownUntil" < :now - :age
