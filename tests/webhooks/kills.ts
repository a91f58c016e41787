import { expect } from 'vitest';
import type { VerifiedEvent } from '../../src/webhooks/event.js';
import { type RunningProgram, startProgram } from '../harness/process.js';
import { checkout, failed, refunded, smsStatus, succeeded, text, type WorkWorld } from './work-world.js';

/** Of the n-th story: an order that is paid twice over, every third refunded; a message that arrives; an order by SMS. */
function story(n: number): VerifiedEvent[] {
  const [order, payment] = [`o${n}`, { id: `pi_${n}`, amount: 1000 + n }];
  return [
    failed(order, payment),
    succeeded(order, payment),
    checkout({ orderId: order }, { payment_intent: payment.id, amount_total: payment.amount }),
    ...(n % 3 === 0 ? [refunded(order, payment)] : []),
    smsStatus(`SMout${n}`, 'sent'),
    smsStatus(`SMout${n}`, 'delivered'),
    text('1', { from: customerNumber(n % 10) }),
  ];
}

const customerNumber = (n: number) => `+1404555010${n}`;

/** Kills workers at random moments until all stories are told, then compares every row with what each event should have done once. */
export async function surviveKills(
  world: WorkWorld,
  { kills, stories }: { kills: number; stories: number },
): Promise<void> {
  await fill(world, stories);
  await world.deliver(...Array.from({ length: stories }, (_, n) => story(n)).flat());
  const total = (await world.inbox()).length;
  const begin = (): RunningProgram =>
    startProgram(['webhooks', 'work', '--workers', '2'], { env: { DATABASE_URL: world.url } });
  const programs = [begin(), begin()];
  try {
    await expect.poll(() => world.rows('SELECT id FROM ops.runs'), { timeout: 20_000 }).toHaveLength(2);
    for (let kill = 1; kill <= kills; kill++) {
      // At some moment between two thirds of this kill's share of the work and all of it.
      const share = Math.floor((total * (kill - 1 / 3)) / (kills + 1));
      await expect.poll(async () => (await ended(world)) >= share, { timeout: 60_000, interval: 5 }).toBe(true);
      const victim = programs[kill % 2];
      victim?.child.kill('SIGKILL');
      await victim?.ended;
      // Leases end at once, also of the process that lives: it is fenced like one that was suspended.
      await world.makeDue();
      programs[kill % 2] = begin();
    }
    await expect
      .poll(
        async () => {
          await world.query(
            `UPDATE ops.webhook_inbox SET next_attempt_at = now() WHERE status IN ('pending', 'waiting')`,
          );
          return ended(world);
        },
        { timeout: 120_000, interval: 250 },
      )
      .toBe(total);
  } finally {
    for (const { child } of programs) child.kill('SIGTERM');
    await Promise.all(programs.map((program) => program.ended));
  }
  await compare(world, stories);
}

async function fill(world: WorkWorld, stories: number): Promise<void> {
  await world.add('business_customers', { id: 'b1', assignedPhoneNumber: '+14705550199' });
  const { today } = await world.row(`SELECT (now() AT TIME ZONE 'America/New_York')::date::text AS today`);
  await world.add('menus', { id: 'm1', date: today });
  await world.add('menu_items', { id: 'i1', menuId: 'm1', price: 500 });
  for (let n = 0; n < 10; n++) {
    await world.add('customers', {
      id: `c${n}`,
      phoneNumber: customerNumber(n),
      totalOrders: 0,
      totalSpent: 0,
      lastOrderAt: null,
    });
  }
  await world.query(
    `INSERT INTO orders (id, "customerId", "businessId", "menuId", items, "totalAmount", "updatedAt")
       SELECT 'o' || n, 'c' || n % 10, 'b1', 'm1', '[]', 1000 + n, now() FROM generate_series(0, $1::int - 1) n`,
    [stories],
  );
  await world.query(
    `INSERT INTO sms_logs (id, direction, message, "twilioSid") SELECT 'out' || n, 'OUTBOUND', 'x', 'SMout' || n FROM generate_series(0, $1::int - 1) n`,
    [stories],
  );
}

async function ended(world: WorkWorld): Promise<number> {
  return (
    await world.row(`SELECT count(*)::int AS n FROM ops.webhook_inbox WHERE status IN ('processed', 'dead', 'ignored')`)
  ).n;
}

async function compare(world: WorkWorld, stories: number): Promise<void> {
  const none = async (sql: string) => expect(await world.rows(sql), sql).toEqual([]);
  await none(
    `SELECT id, status, dead_reason, last_error FROM ops.webhook_inbox WHERE status <> 'processed' OR task IS NOT NULL`,
  );
  await none(
    `SELECT id, status FROM orders WHERE id ~ '^o' AND (status::text, "paymentId", "platformFee")
       IS DISTINCT FROM (CASE WHEN substring(id FROM 2)::int % 3 = 0 THEN 'CANCELLED' ELSE 'PAID' END, 'pi_' || substring(id FROM 2), round("totalAmount" * 0.02)::int)`,
  );
  await none(
    `SELECT c.id FROM customers c LEFT JOIN orders o ON o."customerId" = c.id AND o.status = 'PAID'
     GROUP BY c.id HAVING (c."totalOrders", c."totalSpent") IS DISTINCT FROM (count(o.id), coalesce(sum(o."totalAmount"), 0))`,
  );
  await none(`SELECT id FROM sms_logs WHERE direction = 'OUTBOUND' AND status <> 'DELIVERED'`);
  // One order, one logged text and one reply for each order by SMS.
  expect(
    await world.row(
      `SELECT (SELECT count(*)::int FROM orders WHERE id !~ '^o') AS orders, (SELECT count(*)::int FROM sms_logs WHERE direction = 'INBOUND') AS logged,
         (SELECT count(*)::int FROM ops.webhook_replies) AS replies`,
    ),
  ).toEqual({ orders: stories, logged: stories, replies: stories });
  // Every changed row has one row of the ledger a change, from one event each, which chain without a gap.
  await none(
    `SELECT row_id FROM ops.change_log WHERE table_name = 'orders' AND before IS NOT NULL GROUP BY row_id
     HAVING count(*) <> CASE WHEN bool_or(after ->> 'status' = 'CANCELLED') AND bool_or(after ->> 'status' = 'PAID') THEN 2 ELSE 1 END`,
  );
  await none(
    `SELECT * FROM (
       SELECT table_name, row_id, key, value, lag(after -> key) OVER (PARTITION BY table_name, row_id, key ORDER BY l.id) AS earlier
       FROM ops.change_log l, jsonb_each(l.before)
     ) AS chain WHERE earlier IS NOT NULL AND earlier <> value`,
  );
  await none(`SELECT event_id FROM ops.webhook_attempts WHERE result = 'processed' GROUP BY 1 HAVING count(*) <> 1`);
  await none(`SELECT id FROM ops.change_log WHERE event_id IS NULL`);
}
