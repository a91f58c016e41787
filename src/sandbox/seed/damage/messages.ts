import type { Damage } from './damage.js';

export const messages: readonly Damage[] = [
  {
    // Delivery callbacks were never received (sms.delivery-rate falls, too). Not all of them, so that there is something to compare.
    id: 'sms.stuck-sent',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE sms_logs SET status = 'SENT' WHERE status = 'DELIVERED' AND abs(hashtext(id || 'report') % 100) < 25`,
      ),
  },
  {
    // Inbound messages are logged before the customer is known.
    id: 'sms.customer-missing',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE sms_logs SET "customerId" = NULL WHERE direction = 'INBOUND' AND abs(hashtext(id || 'who') % 100) < 22`,
      ),
  },
  {
    // A send that threw: the catch block knows no code, and there is no sid.
    id: 'sms.error-code-missing',
    in: 'realistic',
    apply: (change) =>
      change(
        `UPDATE sms_logs SET "twilioSid" = NULL, "errorCode" = CASE WHEN hashtext(id) % 2 = 0 THEN 'UNKNOWN_ERROR' END WHERE status = 'FAILED'`,
      ),
  },
  {
    // Nothing has arrived since yesterday.
    id: 'sms.freshness',
    in: 'every',
    apply: (change, { now }) =>
      change(`DELETE FROM sms_logs WHERE "createdAt" > $1::timestamp - interval '25 hours'`, [now]),
  },
  {
    // One sender goes on, with a clock a year ahead and a registration that has lapsed: every send is refused.
    id: 'sms.failure-rate',
    in: 'every',
    apply: (change, { now }) =>
      change(
        `INSERT INTO sms_logs (id, "customerId", direction, message, status, "errorCode", "createdAt")
         SELECT 'crefusedmessage' || lpad(n::text, 10, '0'), (SELECT id FROM customers ORDER BY id OFFSET n LIMIT 1), 'OUTBOUND',
           'Today''s menu is out. Reply MENU to see it.', 'FAILED', '30034', $1::timestamp + interval '1 year' - n * interval '7 minutes'
         FROM generate_series(1, 30) AS n`,
        [now],
      ),
  },
  {
    id: 'sms.provider-id-missing',
    in: 'every',
    apply: (change) =>
      change(
        `UPDATE sms_logs SET "twilioSid" = NULL WHERE id IN (
           SELECT id FROM sms_logs WHERE direction = 'OUTBOUND' AND status <> 'FAILED' ORDER BY hashtext(id || 'sid'), id LIMIT 3)`,
      ),
  },
  {
    id: 'sms.direction-status-mismatch',
    in: 'every',
    apply: (change) =>
      change(
        `UPDATE sms_logs SET status = 'DELIVERED' WHERE id IN (
           SELECT id FROM sms_logs WHERE direction = 'INBOUND' ORDER BY hashtext(id || 'direction'), id LIMIT 3)`,
      ),
  },
  {
    // A webhook that was delivered again, and stored again.
    id: 'sms.duplicate-provider-id',
    in: 'realistic',
    apply: (change) =>
      change(
        `INSERT INTO sms_logs (id, "customerId", direction, message, status, "twilioSid", "createdAt")
         SELECT substr(id, 1, 9) || substr(md5(id), 1, 16), "customerId", direction, message, status, "twilioSid", "createdAt" + interval '15 seconds'
         FROM sms_logs WHERE direction = 'INBOUND' AND status = 'RECEIVED'
         ORDER BY hashtext(id || 'again'), id LIMIT (SELECT greatest(3, count(*) / 5000) FROM sms_logs)`,
      ),
  },
];
