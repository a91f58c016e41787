import { HOUR, timestamp } from '../calendar.js';
import { conversation } from '../messages.js';
import { placeOrders } from '../placed-orders.js';
import { choose, stream } from '../random.js';
import { providerIds, rowIds } from '../row-ids.js';
import type { SeededTable } from './table.js';

/** Twilio: unreachable handset, unknown handset, landline, filtered by the carrier. */
const ERROR_CODES = ['30003', '30005', '30006', '30007'] as const;
/** One in so many outbound messages fails; by turns, so that no small day passes the threshold of sms.failure-rate. */
const FAILS_EVERY = 80;
/** Delivery reports take a moment; older messages have theirs (sms.stuck-sent looks after an hour). */
const REPORT_DELAY = HOUR / 15;
/** Of the inbound ones: logged before the platform knew who wrote. */
const UNKNOWN_SENDER = 0.02;

export const smsLogs: SeededTable = {
  name: 'sms_logs',
  columns: () => ['id', 'customerId', 'direction', 'message', 'status', 'twilioSid', 'errorCode', 'createdAt'],
  expected: ({ tally }) => tally.messages,
  *rows(world) {
    const { seed, now, customers } = world;
    const draw = stream(seed, 'sms_logs');
    const idOf = rowIds(seed, 'sms_logs');
    const sid = providerIds(seed, 'SM');
    let sent = 0;
    let row = 0;
    for (const order of placeOrders(world)) {
      const customerId = customers.id(order.customer);
      for (const { direction, delay, text } of conversation(order)) {
        const at = order.at + delay;
        if (at > now) continue;
        const index = row++;
        const time = timestamp(at);
        if (direction === 'INBOUND') {
          const sender = draw(index) < UNKNOWN_SENDER ? null : customerId;
          yield [idOf(at, index), sender, direction, text, 'RECEIVED', sid(index), null, time];
        } else {
          const hasFailed = ++sent % FAILS_EVERY === 0;
          const status = hasFailed ? 'FAILED' : now - at < REPORT_DELAY ? 'SENT' : 'DELIVERED';
          const errorCode = hasFailed ? choose(ERROR_CODES, draw(index, 1)) : null;
          yield [idOf(at, index), customerId, direction, text, status, sid(index), errorCode, time];
        }
      }
    }
  },
};
