import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeFolder } from '../harness/folder.js';
import { inbound, type Receiver, sendStripe, sendTwilio, startReceiver, statusOf } from './receiver.js';
import { type WorkWorld, workWorld } from './work-world.js';

// A receiver with workers, from the request to the platform's rows.

let world: WorkWorld;
let receiver: Receiver;
const spool = makeFolder();
beforeAll(async () => {
  world = await workWorld();
  receiver = await startReceiver({ databaseUrl: world.url, spool: spool.path, argv: ['--workers', '2'] });
  const { today } = await world.row(`SELECT (now() AT TIME ZONE 'America/New_York')::date::text AS today`);
  await world.add('business_customers', { id: 'b1', assignedPhoneNumber: '+14045550100' });
  await world.add('menus', { id: 'm1', date: today });
  await world.add('menu_items', { id: 'i1', menuId: 'm1', name: 'Suya', price: 900, isAvailable: true });
});
afterAll(async () => {
  await receiver.stop();
  await world.drop();
  spool.remove();
});

it('an SMS order is answered with its reply, and a repeated delivery with the same, without a second order', async () => {
  const send = async () => {
    const response = await sendTwilio(receiver.url, '/webhooks/twilio/sms', inbound('SM1', { Body: '1' }));
    return { status: response.status, text: await response.text() };
  };
  const reply = {
    status: 200,
    text: '<?xml version="1.0" encoding="UTF-8"?><Response><Message>Order received: 1 x Suya. Total $9.00.</Message></Response>',
  };
  expect(await send()).toEqual(reply);
  expect(await Promise.all([send(), send()])).toEqual([reply, reply]);
  expect(await world.rows(`SELECT status::text AS status, "totalAmount" AS total FROM orders`)).toEqual([
    { status: 'PENDING', total: 900 },
  ]);
});

it('a payment makes the order PAID at once, and receipts reach the message', async () => {
  await world.add('customers', { id: 'c1', phoneNumber: '+14045550109', totalOrders: 0, totalSpent: 0 });
  await world.add('orders', {
    id: 'o1',
    customerId: 'c1',
    status: 'CONFIRMED',
    totalAmount: 2525,
    platformFee: null,
    paymentId: null,
  });
  await world.add('sms_logs', {
    id: 's1',
    direction: 'OUTBOUND',
    status: 'SENT',
    twilioSid: 'SM2',
    createdAt: new Date().toISOString().slice(0, -1),
  });
  const object = {
    id: 'pi_1',
    object: 'payment_intent',
    amount: 2525,
    amount_received: 2525,
    currency: 'usd',
    metadata: { orderId: 'o1' },
  };
  const event = {
    id: 'evt_1',
    object: 'event',
    type: 'payment_intent.succeeded',
    created: 1_773_000_000,
    data: { object },
  };
  expect((await sendStripe(receiver.url, event)).status).toBe(200);
  expect((await sendTwilio(receiver.url, '/webhooks/twilio/status', statusOf('SM2', 'delivered'))).status).toBe(200);
  await expect
    .poll(
      () =>
        world.rows(
          `SELECT status::text AS status FROM orders WHERE id = 'o1' UNION ALL SELECT status::text FROM sms_logs WHERE id = 's1'`,
        ),
      { timeout: 10_000 },
    )
    .toEqual([{ status: 'PAID' }, { status: 'DELIVERED' }]);
  const metrics = await (await fetch(`${receiver.url}/metrics`)).text();
  expect(metrics).toContain('smsfood_webhooks_attempts_total{source="stripe",result="processed"} 1\n');
  expect(metrics).toMatch(/^smsfood_webhooks_processing_seconds_count\{source="twilio"\} \d/m);
});
