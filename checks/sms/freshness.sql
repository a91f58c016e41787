--! title: Hours since the newest message
--! dimension: timeliness
--! warn: "> 24"
--! metric: {unit: hours}
--! no-value: fail
--! entity: sms_logs
--! owner: operations
--! why: A day without a message means that the provider or its webhook is cut off.
--! remedy: Text the number yourself, and look at the provider's console.
--! params: {skew: {interval: 5 minutes}}
-- Messages from the future are left out: one of them would keep the check green for good.
SELECT
  extract(epoch FROM :now - max("createdAt") FILTER (WHERE "createdAt" <= :now + :skew)) / 3600 AS value,
  max("createdAt") FILTER (WHERE "createdAt" <= :now + :skew) AS newest,
  CASE WHEN max("createdAt") FILTER (WHERE "createdAt" <= :now + :skew) IS NULL THEN 'no messages at all' END AS reason
FROM sms_logs
