import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderCsv } from '../../src/output/csv.js';
import { mask } from '../../src/personal-data.js';
import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { type ExportWorld, exportWorld, readCsv } from './world.js';

const COLUMNS =
  'order_id,created_at,business_day,status,customer_id,customer_name,customer_phone,business_id,business_name,item_count,items,' +
  'total_amount,platform_fee,net_amount,currency,payment_id,delivery_time,updated_at';
const ALL = ['orders', '--from', '2020-01-01', '--to', '2030-01-01'];

/** The same rows by hand, as a careful person writes them: other functions throughout. */
const BY_HAND = `
  SELECT o.id AS order_id, to_char(o."createdAt", 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at,
    (o."createdAt" AT TIME ZONE 'UTC' AT TIME ZONE $1)::date::text AS business_day, o.status::text, o."customerId" AS customer_id,
    coalesce(c.name, '') AS customer_name, coalesce(c."phoneNumber", '') AS customer_phone, coalesce(o."businessId", '') AS business_id,
    coalesce(b."businessName", '') AS business_name, CASE WHEN i.entries > 0 THEN coalesce(i.count::text, '') WHEN jsonb_typeof(o.items) IN ('array', 'object') THEN '0' ELSE '' END AS item_count,
    CASE WHEN i.lines IS NOT NULL THEN i.lines WHEN i.entries = 0 AND jsonb_typeof(o.items) IN ('array', 'object') THEN '' ELSE o.items::text END AS items,
    to_char(o."totalAmount" / 100.0, 'FM99999999990.00') AS total_amount,
    coalesce(to_char(o."platformFee" / 100.0, 'FM99999999990.00'), '') AS platform_fee,
    coalesce(to_char((o."totalAmount" - o."platformFee") / 100.0, 'FM99999999990.00'), '') AS net_amount, 'USD' AS currency,
    coalesce(o."paymentId", '') AS payment_id, coalesce(o."deliveryTime", '') AS delivery_time,
    to_char(o."updatedAt", 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS updated_at
  FROM orders o LEFT JOIN customers c ON c.id = o."customerId" LEFT JOIN business_customers b ON b.id = o."businessId"
  LEFT JOIN LATERAL (
    SELECT count(*) AS entries, CASE WHEN bool_and(coalesce(nullif(quantity, 'null') #>> '{}', '1') ~ '^[0-9]+$') THEN sum(CASE WHEN quantity #>> '{}' ~ '^[0-9]+$' THEN (quantity #>> '{}')::numeric ELSE 1 END) END AS count,
      CASE WHEN bool_and(name IS NOT NULL) THEN string_agg(coalesce(nullif(quantity, 'null') #>> '{}', '1') || 'x ' || name, '; ' ORDER BY place) END AS lines
    FROM (
      SELECT each -> 'quantity' AS quantity, each ->> 'name' AS name, place
      FROM jsonb_array_elements(CASE WHEN jsonb_typeof(o.items) = 'array' THEN o.items END) WITH ORDINALITY AS list (each, place)
      UNION ALL
      SELECT value -> 'quantity', value ->> 'name', row_number() OVER ()
      FROM jsonb_each(CASE WHEN jsonb_typeof(o.items) = 'object' THEN o.items END)
    ) AS entry
  ) AS i ON true
  ORDER BY o."createdAt", o.id COLLATE "C"`;

describe.each(['production', 'newer'] as const)('orders of a damaged marketplace (%s)', (generation) => {
  let world: ExportWorld;
  beforeAll(async () => {
    world = await exportWorld(generation);
    await seedMarketplace(await world.connect(), {
      customers: 100,
      orders: 500,
      days: 200,
      damage: 'every',
      seed: 5,
      now: new Date('2026-03-20T15:00:00Z'),
      timezone: 'America/New_York',
    });
  });
  afterAll(() => world.drop());

  it.each(['America/New_York', 'UTC', 'Asia/Kolkata'])(
    'are those of an independent statement, in %s',
    async (timezone) => {
      const exported = await world.rows([...ALL, '--raw'], { env: { SMSFOOD_TIMEZONE: timezone } });
      const { rows } = await world.query(BY_HAND, [timezone]);
      expect(exported.length).toBeGreaterThan(450);
      expect(exported).toEqual(rows);
    },
  );

  it('have the documented columns, CRLF, and no byte order mark unless for Excel', async () => {
    const { stdout } = await world.run([...ALL]);
    expect(stdout.split('\r\n')[0]).toBe(COLUMNS);
    expect(stdout.endsWith('\r\n')).toBe(true);
    const excel = await world.run([...ALL, '--excel']);
    expect(Buffer.from(excel.stdout, 'latin1').subarray(0, 3).toString('hex')).toBe('efbbbf');
    expect(excel.stdout.slice(3)).not.toBe(stdout);
    const text = (outcome: { stdout: string }) => Buffer.from(outcome.stdout, 'latin1').toString();
    expect(readCsv(text(excel))).toEqual(readCsv(text({ stdout })));
    const [, line = ''] = text(excel).split('\r\n');
    expect(line).toMatch(
      /^"[^"]+",\d{4}-\d\d-\d\dT[\d:.]+Z,\d{4}-\d\d-\d\d,"[A-Z]+","[^"]+",.*,-?\d+\.\d\d,(?:-?\d+\.\d\d)?,(?:-?\d+\.\d\d)?,"USD",/,
    );
  });

  it('can be those of a business and of statuses', async () => {
    const { rows } = await world.query<{ id: string }>(
      `SELECT min(id) AS id FROM business_customers WHERE id IN (SELECT "businessId" FROM orders WHERE status = 'DELIVERED')`,
    );
    const business = rows[0]?.id ?? '';
    const exported = await world.rows([...ALL, '--business', business, '--status', 'paid,DELIVERED']);
    const { rows: wanted } = await world.query<{ id: string }>(
      `SELECT id FROM orders WHERE "businessId" = $1 AND status IN ('PAID', 'DELIVERED') ORDER BY "createdAt", id COLLATE "C"`,
      [business],
    );
    expect(exported.map((row) => row.order_id)).toEqual(wanted.map(({ id }) => id));
    expect(wanted.length).toBeGreaterThan(0);
  });

  it('--redact masks what personal-data.ts masks, in the same way', async () => {
    const [plain, redacted] = [await world.rows([...ALL, '--raw']), await world.rows([...ALL, '--raw', '--redact'])];
    const kinds = { customer_name: 'name', customer_phone: 'phone', delivery_time: 'text' } as const;
    const masked = plain.map((row) => ({
      ...row,
      ...Object.fromEntries(
        Object.entries(kinds).map(([key, kind]) => [key, row[key] === '' ? '' : mask(row[key] ?? null, kind)]),
      ),
    }));
    expect(redacted).toEqual(masked);
  });

  it('as JSON lines have the same values, with amounts as texts', async () => {
    const { stdout } = await world.run([...ALL, '--format', 'jsonl']);
    const lines = Buffer.from(stdout, 'latin1').toString().trimEnd().split('\n');
    const texts = lines.map((line) => {
      const values: Record<string, unknown> = JSON.parse(line);
      return Object.fromEntries(
        Object.entries(values).map(([key, value]) => [key, value === null ? '' : String(value)]),
      );
    });
    expect(texts).toEqual(await world.rows([...ALL, '--raw']));
    expect(lines[0]).toMatch(/"total_amount":"-?\d+\.\d\d"/);
  });
});

describe('hostile values', () => {
  const HOSTILE = [
    'plain',
    'a,b',
    'say "hi"',
    '"',
    '""',
    'line\nfeed',
    'carriage\rreturn',
    'both\r\n',
    '\ttab',
    '\rcr',
    '\nlf',
    ' lead',
    'trail ',
    ' ',
    '=1+1',
    '+1',
    '-1',
    '@a',
    '=HYPERLINK("http://x","y")',
    '＝1',
    '＋1',
    '－1',
    '＠1',
    "'quoted",
    '\\',
    '\\.',
    '\\n',
    '\\\\"',
    'a\\',
    'größe',
    '日本語',
    '👩‍🍳',
    'a;b|c',
    '\u0001\u001f',
    '\u2028',
    'x'.repeat(100_000),
    `${'",\r\n'.repeat(20_000)}`,
    '',
  ];
  let world: ExportWorld;
  beforeAll(async () => {
    world = await exportWorld();
    for (const [index, name] of HOSTILE.entries()) {
      await world.make('customers', {
        id: `c${index}`,
        name,
        phoneNumber: index === 0 ? '=cmd' : `+1404555${1000 + index}`,
      });
      await world.make('orders', {
        id: `o${index}`,
        customerId: `c${index}`,
        deliveryTime: name,
        createdAt: '2026-03-01T12:00:00',
      });
    }
    await world.make('orders', { id: 'null', customerId: 'c1', deliveryTime: null, createdAt: '2026-03-01T12:00:00' });
  });
  afterAll(() => world.drop());
  const month = ['orders', '--month', '2026-03', '--columns', 'order_id,delivery_time'];

  it('are written as the other csv of smsfood is, byte for byte', async () => {
    const { stdout } = await world.run(month);
    const { rows } = await world.query<{ order_id: string; delivery_time: string | null }>(
      'SELECT id AS order_id, "deliveryTime" AS delivery_time FROM orders ORDER BY id COLLATE "C"',
    );
    const table = {
      columns: [
        { key: 'order_id', label: '', kind: 'id' as const },
        { key: 'delivery_time', label: '', kind: 'text' as const },
      ],
      rows,
    };
    const report = { name: 'x', document: {}, table, sections: [], sandbox: false };
    const expected = renderCsv(report, { columns: 80, color: false, unicode: true });
    expect(Buffer.from(stdout, 'latin1').toString()).toBe(expected);
  });

  it('come back as they were with --raw, and as JSON', async () => {
    const wanted = Object.fromEntries([...HOSTILE.map((name, index) => [`o${index}`, name]), ['null', '']]);
    const raw = await world.rows([...month, '--raw']);
    expect(Object.fromEntries(raw.map((row) => [row.order_id, row.delivery_time]))).toEqual(wanted);
    const { stdout } = await world.run([...month, '--format', 'jsonl']);
    const lines = Buffer.from(stdout, 'latin1')
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(Object.fromEntries(lines.map((row) => [row.order_id, row.delivery_time]))).toEqual({
      ...wanted,
      null: null,
    });
  });

  it('leave phones and amounts alone, but not a phone that is none', async () => {
    const rows = await world.rows([
      'orders',
      '--month',
      '2026-03',
      '--columns',
      'order_id,customer_phone,total_amount',
    ]);
    const byId = new Map(rows.map((row) => [row.order_id, row]));
    expect(byId.get('o1')).toMatchObject({ customer_phone: '+14045551001', total_amount: '25.00' });
    expect(byId.get('o0')).toMatchObject({ customer_phone: "'=cmd" });
  });

  it.each([
    ['', ['+1404555', '+140455510012345', '+1404•••••01']],
    [
      "'",
      [
        '-14045551001',
        '=14045551001',
        '+140455',
        '+1404555100123456',
        '+1 404 555 1001',
        '+14045551001\n',
        '+1404555+1001',
        '+',
        '+SUM(A1:A2)',
        '@14045551001',
        '+１４０４５５５１００１',
        '\t+14045551001',
      ],
    ],
  ])('phones that begin like a formula get the guard “%s”', async (guard, phones) => {
    for (const [index, phone] of phones.entries())
      await world.query('UPDATE customers SET "phoneNumber" = $1 WHERE id = $2', [phone, `c${index}`]);
    const rows = await world.rows(['orders', '--month', '2026-03', '--columns', 'order_id,customer_phone']);
    const byId = new Map(rows.map((row) => [row.order_id, row.customer_phone]));
    expect(phones.map((_, index) => byId.get(`o${index}`))).toEqual(phones.map((phone) => `${guard}${phone}`));
  });
});

it('money of any size and sign, and items of any shape', async () => {
  const world = await exportWorld();
  try {
    const cases: [string, unknown, number, string, string][] = [
      ['a', [], -500, '', '0'],
      ['b', { x: { name: 'Soup', price: 5 }, y: { name: 'Dal', price: 1, quantity: 3 } }, 5, '1x Soup; 3x Dal', '4'],
      ['c', 'text', 0, '"text"', ''],
      ['d', [{ price: 1 }], 2_147_483_647, '[{"price": 1}]', '1'],
      [
        'e',
        Array.from({ length: 5 }, (_, n) => ({ name: `D${n}`, quantity: n + 1 })),
        99,
        '1x D0; 2x D1; 3x D2; 4x D3; 5x D4',
        '15',
      ],
      ['f', [{ name: 'Soup', quantity: 'two' }], 100, 'twox Soup', ''],
      ['g', [1, null], 1, '[1, null]', '2'],
      ['h', {}, 10, '', '0'],
    ];
    for (const [id, items, totalAmount] of cases)
      await world.make('orders', { id, items, totalAmount, platformFee: null, createdAt: '2026-03-01T12:00:00' });
    const rows = await world.rows(['orders', '--month', '2026-03']);
    expect(rows.map(({ order_id, items, item_count }) => [order_id, items, item_count])).toEqual(
      cases.map(([id, , , items, count]) => [id, items, count]),
    );
    expect(rows.map(({ total_amount }) => total_amount)).toEqual([
      '-5.00',
      '0.05',
      '0.00',
      '21474836.47',
      '0.99',
      '1.00',
      '0.01',
      '0.10',
    ]);
    expect(new Set(rows.map(({ platform_fee, net_amount }) => `${platform_fee}${net_amount}`))).toEqual(new Set(['']));
  } finally {
    await world.drop();
  }
});

it('many orders, copied by two sessions, are the parts one behind the other, and the same bytes again', async () => {
  const world = await exportWorld();
  try {
    await world.make('orders', { id: 'first', createdAt: '2026-01-05T12:00:00' });
    await world.query(
      `INSERT INTO orders (id, "customerId", "menuId", items, "totalAmount", status, notes, "deliveryTime", "createdAt", "updatedAt")
       SELECT 'o' || n, 'spared-customer', 'spared-menu', '[]', n, 'PAID', NULL, CASE WHEN n % 7 = 0 THEN E'a "line"\nfeed' END,
         timestamp '2026-01-10' + n % 40 * interval '1 day', timestamp '2026-01-10'
       FROM generate_series(1, 24000) AS n`,
    );
    const part = (from: string, to: string) => world.run(['orders', '--from', from, '--to', to]);
    const whole = await part('2026-01-01', '2026-03-01');
    const [first, second] = [await part('2026-01-01', '2026-01-28'), await part('2026-01-28', '2026-03-01')];
    expect(whole.stdout).toBe(first.stdout + second.stdout.slice(second.stdout.indexOf('\r\n') + 2));
    expect((await part('2026-01-01', '2026-03-01')).stdout).toBe(whole.stdout);
    expect(whole.stderr).toContain('Wrote 24,001 orders');
  } finally {
    await world.drop();
  }
});
