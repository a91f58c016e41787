import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installOps } from '../harness/database.js';
import { smsfood } from '../harness/run.js';
import { type ExportWorld, exportWorld } from './world.js';

let world: ExportWorld;
beforeAll(async () => {
  world = await exportWorld();
  await installOps(world);
  for (const [id, state] of Object.entries({ ga: 'GA', ny: 'NY', idle: null }))
    await world.make('business_customers', {
      id,
      state,
      businessName: id === 'ny' ? '=cmd' : `Kitchen ${id}`,
      numberProvisionedAt: id === 'ga' ? '2026-03-15T12:00:00' : id === 'ny' ? '2026-04-01T03:59:59' : null,
      phoneNumberFeeWaived: false,
      subscriptionTier: 'pro',
    });
  await world.make('customers', {
    id: 'c',
    phoneNumber: '+14045550123',
    tags: ['New', 'VIP'],
    notes: 'likes =1+1',
    totalSpent: 1234,
    createdAt: '2026-02-01T12:00:00',
  });
  const order = (id: string, businessId: string | null, createdAt: string, totalAmount: number, status = 'DELIVERED') =>
    world.make('orders', {
      id,
      businessId,
      customerId: 'c',
      createdAt,
      totalAmount,
      platformFee: businessId === null ? null : 20,
      status,
    });
  await order('1', 'ga', '2026-03-01T04:59:59.999', 1); // February in New York
  await order('2', 'ga', '2026-03-01T05:00:00', 1000);
  await order('3', 'ga', '2026-04-01T03:59:59.999', 500); // March: daylight saving time has begun
  await order('4', 'ny', '2026-03-10T12:00:00', 2000, 'PAID');
  await order('5', 'ny', '2026-03-10T12:00:00', 9999, 'CANCELLED');
  await order('6', null, '2026-03-11T12:00:00', 300);
  await order('7', 'ga', '2026-04-01T04:00:00', 700);
  await world.make('sms_logs', {
    id: 's1',
    customerId: 'c',
    message: 'meet me at =home',
    createdAt: '2026-03-02T12:00:00',
  });
  await world.make('sms_logs', {
    id: 's2',
    customerId: null,
    direction: 'INBOUND',
    status: 'RECEIVED',
    message: 'MENU',
    createdAt: '2026-03-03T12:00:00',
  });
});
afterAll(() => world.drop());

const MARCH = ['--month', '2026-03'];
const health = (day: string, id: string, status: string, tier: string | null, mrr: number | null) =>
  world.query(
    `INSERT INTO ops.business_health VALUES ($1, $2, $3, $4, true, $5, true, 1, 0, 0, 0, 0, 0, NULL, now())`,
    [day, id, status, tier, mrr],
  );

it('tax: gross by business, month and state, by the calendar of the business time zone', async () => {
  const rows = await world.rows(['tax', '--from', '2026-03-01', '--to', '2026-05-01']);
  const line = ({ month, business_id, state, transactions, gross_amount, platform_fees }: Record<string, string>) =>
    [month, business_id, state, transactions, gross_amount, platform_fees].join('|');
  expect(rows.map(line)).toEqual([
    '2026-03|ga|GA|2|15.00|0.40',
    '2026-03|ny|NY|1|20.00|0.20',
    '2026-03|||1|3.00|0.00',
    '2026-04|ga|GA|1|7.00|0.20',
  ]);
  expect(rows[1]?.business_name).toBe("'=cmd");
  expect((await world.rows(['tax', ...MARCH, '--business', 'ny'])).map(line)).toEqual(['2026-03|ny|NY|1|20.00|0.20']);
});

describe('invoices', () => {
  const columns = ({
    business_id,
    orders,
    gmv,
    platform_fees,
    tier,
    subscription,
    number_fee,
    total_due,
  }: Record<string, string>) =>
    [business_id, orders, gmv, platform_fees, tier, subscription, number_fee, total_due].join('|');

  it('say that a month nobody saw cannot be invoiced, and what can be', async () => {
    const { code, stderr, stdout } = await world.run(['invoices', ...MARCH]);
    expect([code, stdout, stderr]).toEqual([
      3,
      '',
      expect.stringMatching(/not known for 2026-03.*\[HISTORY_MISSING\]/),
    ]);
    const columnList = /--columns (\S+)/.exec(stderr)?.[1] ?? '';
    const rows = await world.rows(['invoices', ...MARCH, '--columns', columnList]);
    expect(rows.map(({ business_id, number_fee }) => [business_id, number_fee])).toEqual([
      ['ga', '30.00'],
      ['idle', '0.00'],
      ['ny', '30.00'],
    ]);
  });

  it('take the subscription from the days that were seen, not from today', async () => {
    await health('2026-03-02', 'ga', 'active', 'starter', 3500);
    await health('2026-03-30', 'ga', 'Active', 'pro', 9500);
    await health('2026-03-31', 'ga', 'canceled', 'pro', 0);
    await health('2026-03-31', 'ny', 'trial', null, 0);
    try {
      expect((await world.rows(['invoices', ...MARCH])).map(columns)).toEqual([
        'ga|2|15.00|0.40|pro|95.00|30.00|125.00',
        'idle|0|0.00|0.00|||0.00|',
        'ny|1|20.00|0.20||0.00|30.00|30.00',
      ]);
    } finally {
      await world.query('TRUNCATE ops.business_health');
    }
  });

  it('are those of whole months', async () => {
    const { code, stderr } = await world.run(['invoices', '--from', '2026-03-02', '--to', '2026-04-01']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('whole months')]);
  });
});

it('customers: all of them, or those who signed up in a period', async () => {
  const all = await world.rows(['customers']);
  expect(all).toHaveLength(1);
  expect(all[0]).toEqual({
    customer_id: 'c',
    created_at: '2026-02-01T12:00:00.000Z',
    business_day: '2026-02-01',
    business_id: '',
    name: expect.any(String),
    phone: '+14045550123',
    email: expect.any(String),
    is_active: 'true',
    category: 'New',
    tags: 'New; VIP',
    total_orders: '0',
    total_spent: '12.34',
    last_order_at: '',
    updated_at: '2026-02-01T12:00:00.000Z',
  });
  expect(await world.rows(['customers', ...MARCH])).toEqual([]);
  expect(await world.rows(['customers', '--columns', 'notes,phone', '--redact'])).toEqual([
    { notes: '•••••', phone: '+1404•••••23' },
  ]);
});

it('sms: without their text, unless it is named', async () => {
  const { stdout } = await world.run(['sms', ...MARCH]);
  expect(stdout).toContain('s1,2026-03-02T12:00:00.000Z,2026-03-02,OUTBOUND,DELIVERED,c,+14045550123,');
  expect(stdout).not.toContain('home');
  expect(await world.rows(['sms', ...MARCH, '--columns', 'message_id,message', '--status', 'delivered'])).toEqual([
    { message_id: 's1', message: 'meet me at =home' },
  ]);
  expect(await world.run(['sms', ...MARCH, '--business', 'ga'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('belong to no business'),
  });
});

it('changes: what smsfood changed, with personal values masked by --redact', async () => {
  const { code } = await smsfood(['reconcile', '--apply', '--force'], { env: { DATABASE_URL: world.url } });
  expect(code).toBe(0);
  const day = ['--from', '2020-01-01', '--to', '2100-01-01'];
  const rows = await world.rows(['changes', ...day]);
  const { rows: ledger } = await world.query(
    'SELECT id::text, run_id, row_id, before, after, reason FROM ops.change_log ORDER BY at, id',
  );
  expect(ledger.length).toBeGreaterThan(0);
  expect(
    rows.map((row) => ({
      id: row.change_id,
      run_id: row.run_id,
      row_id: row.row_id,
      before: JSON.parse(row.before ?? ''),
      after: JSON.parse(row.after ?? ''),
      reason: row.reason,
    })),
  ).toEqual(ledger);
  expect(rows[0]).toMatchObject({ command: 'reconcile', table_name: 'customers' });
  await world.query(`UPDATE ops.change_log SET after = after || '{"phoneNumber": "+14045550123"}'`);
  const { stdout } = await world.run(['changes', ...day, '--redact']);
  expect(stdout).not.toContain('5550123');
  expect(stdout).toContain('totalOrders');
});

it('changes: the day is that of the business time zone, whether the period has ends or not', async () => {
  await smsfood(['reconcile', '--apply', '--force'], { env: { DATABASE_URL: world.url } });
  await world.query(`UPDATE ops.change_log SET at = '2026-03-10T02:00:00Z'`);
  for (const period of [MARCH, ['--from', '2026-03-01'], ['--to', '2100-01-01']]) {
    const rows = await world.rows(['changes', ...period, '--columns', 'changed_at,business_day']);
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map((row) => `${row.changed_at} ${row.business_day}`))).toEqual(
      new Set(['2026-03-10T02:00:00.000Z 2026-03-09']),
    );
  }
});

it('the newer generation has the business of customers and messages', async () => {
  const newer = await exportWorld('newer');
  try {
    await newer.make('business_customers', { id: 'b' });
    await newer.make('customers', { id: 'c', businessId: 'b' });
    await newer.make('customers', { id: 'other' });
    await newer.make('sms_logs', { id: 's', customerId: 'c', createdAt: '2026-03-02T12:00:00' });
    await newer.make('sms_logs', { id: 't', customerId: 'other', createdAt: '2026-03-02T12:00:00' });
    expect(
      (await newer.rows(['customers', '--business', 'b'])).map((row) => [row.customer_id, row.business_id]),
    ).toEqual([['c', 'b']]);
    expect((await newer.rows(['sms', ...MARCH, '--business', 'b'])).map((row) => row.message_id)).toEqual(['s']);
    for (const name of ['tax', 'orders']) expect(await newer.run([name, ...MARCH])).toMatchObject({ code: 0 });
  } finally {
    await newer.drop();
  }
});

it('without ops, what needs it says so', async () => {
  const bare = await exportWorld();
  try {
    for (const name of ['changes', 'invoices'])
      expect(await bare.run([name, ...MARCH])).toMatchObject({
        code: 3,
        stdout: '',
        stderr: expect.stringContaining('[OPS_NOT_INSTALLED]'),
      });
  } finally {
    await bare.drop();
  }
});

it('the schema of each is printed without a database', async () => {
  for (const name of ['orders', 'customers', 'invoices', 'tax', 'sms', 'changes']) {
    const { code, stdout } = await smsfood(['export', 'schema', name, '--format', 'json']);
    const { columns } = JSON.parse(stdout);
    expect(code).toBe(0);
    for (const column of columns)
      expect(column).toEqual({
        column: expect.any(String),
        type: expect.any(String),
        personal: expect.toSatisfy((each) => each === null || typeof each === 'string'),
        default: expect.any(Boolean),
        meaning: expect.stringMatching(/\S/),
      });
  }
  const { stdout: ledger } = await smsfood(['export', 'schema', 'changes', '--format', 'csv']);
  for (const column of ['before', 'after']) expect(ledger).toMatch(new RegExp(`^${column},json,text,`, 'm'));
  expect(await smsfood(['export', 'schema', 'order'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean "orders"?'),
  });
});
