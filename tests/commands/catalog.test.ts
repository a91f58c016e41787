import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cloneDatabase, installOps, type TestDatabase } from '../harness/database.js';
import { checkFile, temporaryFolder } from '../harness/folder.js';
import { type RunOptions, smsfood } from '../harness/run.js';

const ROLE = 'catalog_reader';

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
  await installOps(database);
  await database.query(`
    SELECT make('customers', jsonb_build_object('id', 'cust' || n, 'name', CASE WHEN n % 4 = 0 THEN NULL ELSE 'Name ' || n % 3 END, 'totalSpent', 1))
    FROM generate_series(1, 20) AS n;
    SELECT make('orders', jsonb_build_object('id', 'ord' || n, 'customerId', 'cust1', 'totalAmount', 100 * n,
      'status', CASE WHEN n % 5 = 0 THEN 'CANCELLED' ELSE 'PAID' END)) FROM generate_series(1, 25) AS n;
    CREATE TABLE loyalty_cards (id text PRIMARY KEY, "customerId" text REFERENCES customers (id), owner text);
    COMMENT ON TABLE loyalty_cards IS 'Not ours.';
    ANALYZE`);
  await database.query(`DROP ROLE IF EXISTS ${ROLE}; CREATE ROLE ${ROLE} LOGIN PASSWORD 'secret'`);
  await database.query(`GRANT SELECT ON customers TO ${ROLE}`);
});
afterAll(async () => {
  await database.query(`DROP OWNED BY ${ROLE}; DROP ROLE ${ROLE}`);
  await database.drop();
});

const run = (argv: readonly string[], options: RunOptions = {}) =>
  smsfood(['catalog', ...argv], { ...options, env: { DATABASE_URL: database.url, ...options.env } });

async function json(argv: readonly string[], options: RunOptions = {}): Promise<unknown> {
  const { code, stdout, stderr } = await run([...argv, '--format', 'json'], options);
  if (code > 1) throw new Error(stderr);
  return JSON.parse(stdout);
}

const names = z.array(z.string());
const ColumnSchema = z.looseObject({
  name: z.string(),
  type: z.string(),
  nullable: z.boolean(),
  meaning: z.string().nullable(),
  rule: z.string().nullable(),
  personal: z.string(),
  nullPercent: z.number().nullable(),
  distinct: z.number().nullable(),
  checks: names,
  writers: names,
  readers: names,
  shape: z.record(z.string(), z.unknown()).nullable(),
});
const DictionarySchema = z.looseObject({
  schema: z.literal('smsfood.catalog-dictionary/1'),
  source: z.string(),
  generation: z.string(),
  tables: z.array(z.looseObject({ name: z.string(), owner: z.string().nullable(), columns: z.array(ColumnSchema) })),
  notes: names,
  withoutStatistics: names,
});

async function dictionary(argv: readonly string[] = [], options: RunOptions = {}) {
  const document = DictionarySchema.parse(await json(['dictionary', ...argv], options));
  const columns = new Map<string, z.infer<typeof ColumnSchema>>(
    document.tables.flatMap((table) =>
      table.columns.map((column) => [`${table.name}.${column.name}`, column] as const),
    ),
  );
  return { ...document, columns };
}

describe('dictionary', () => {
  it('has every column of the database, and no other, with type and tag', async () => {
    const { source, generation, columns } = await dictionary();
    const { rows } = await database.query<{ place: string; nullable: boolean }>(
      `SELECT CASE table_schema WHEN 'ops' THEN 'ops.' ELSE '' END || table_name || '.' || column_name AS place, is_nullable = 'YES' AS nullable
       FROM information_schema.columns WHERE table_schema IN ('public', 'ops')`,
    );
    expect({ source, generation }).toEqual({ source: 'database', generation: 'production' });
    expect([...columns.keys()].sort()).toEqual(rows.map(({ place }) => place).sort());
    for (const { place, nullable } of rows)
      expect({ place, nullable: columns.get(place)?.nullable }).toEqual({ place, nullable });
    expect(columns.get('customers.phoneNumber')).toMatchObject({ type: 'text', personal: 'phone', nullable: false });
    expect(columns.get('ops.change_log.before')).toMatchObject({ personal: 'text' });
  });

  it('has null shares and distinct values as they are, where all rows were looked at', async () => {
    const { columns } = await dictionary(['customers']);
    const { rows } = await database.query<{ share: number; distinct: number; ids: number }>(
      `SELECT (count(*) FILTER (WHERE name IS NULL) * 100.0 / count(*))::float8 AS share, count(DISTINCT name)::int AS distinct, count(*)::int AS ids FROM customers`,
    );
    expect(columns.get('customers.name')).toMatchObject({ nullPercent: rows[0]?.share, distinct: rows[0]?.distinct });
    expect(columns.get('customers.id')).toMatchObject({ nullPercent: 0, distinct: rows[0]?.ids });
  });

  it('says who watches, writes and reads a column', async () => {
    const { columns } = await dictionary(['customers', 'ops.daily_order_stats']);
    const { checks, writers, readers } = columns.get('customers.totalSpent') ?? {};
    expect(checks).toEqual(['customers.total-spent-drift', 'customers.totals-negative']);
    expect(writers).toEqual(
      expect.arrayContaining(['reconcile --apply', 'webhooks (charge.refunded)', 'undo --apply']),
    );
    expect(readers).toEqual(['export customers', 'reconcile']);
    expect(columns.get('ops.daily_order_stats.gmv_cents')?.writers).toEqual(['refresh']);
    expect(columns.get('customers.notes')).toMatchObject({ checks: [], writers: [], readers: [] });
    expect(columns.get('customers.updatedAt')?.writers).toContain('segments --apply');
  });

  it('does not make up what it does not know: a table of somebody else, statistics that are closed', async () => {
    const { columns, tables } = await dictionary(['loyalty_cards']);
    expect(tables[0]).toMatchObject({ name: 'loyalty_cards', meaning: null, owner: null });
    expect(columns.get('loyalty_cards.owner')).toMatchObject({ meaning: null, personal: 'unknown', rule: null });
    const url = database.urlFor(ROLE, 'secret');
    const limited = await dictionary([], { env: { DATABASE_URL: url } });
    expect(limited.columns.get('customers.name')?.nullPercent).not.toBeNull();
    expect(limited.columns.get('orders.items')).toMatchObject({ nullPercent: null, distinct: null, type: 'jsonb' });
    expect(limited.withoutStatistics).toContain('orders');
    const { stdout } = await run(['dictionary', 'orders'], { env: { DATABASE_URL: url } });
    expect(stdout).toMatch(/unknown for .*orders.*ANALYZE/s);
    expect(stdout).toMatch(/Null +unknown/);
  });

  it('says that ops is not there, and describes it without a database', async () => {
    const bare = await cloneDatabase('newer');
    try {
      const live = await dictionary([], { env: { DATABASE_URL: bare.url } });
      expect(live.generation).toBe('newer');
      expect(live.tables.some(({ name }) => name.startsWith('ops.'))).toBe(false);
      expect(live.notes).toEqual([expect.stringContaining('schema ops is not installed')]);
      expect(live.columns.get('customers.businessId')).toMatchObject({
        references: 'business_customers.id',
        nullable: false,
      });
      expect(live.columns.get('phone_number_inventory.providerNumberId')?.meaning).toMatch(/provider/);
      expect(live.columns.has('phone_number_inventory.ezTextingNumberId')).toBe(false);
    } finally {
      await bare.drop();
    }
    const offline = await dictionary(['--offline'], { env: { DATABASE_URL: undefined } });
    expect(offline).toMatchObject({ source: 'schema.prisma', generation: 'both', notes: [] });
    expect(offline.tables).toHaveLength(28);
  });

  it('shows the JSON columns as JSON Schemas that agree with the checks', async () => {
    const { columns } = await dictionary(['orders', 'customers']);
    const validate = new Ajv2020().compile(columns.get('orders.items')?.shape ?? {});
    const items: unknown[] = [
      [{ name: 'Soup', price: 100 }],
      [{ menuItemId: 'x', name: 'Soup', price: 0, quantity: 3, extra: 1 }],
      { x: { name: 'Soup', price: 100 } },
      {},
      [],
      'Soup',
      [{ name: ' ', price: 100 }],
      [{ name: 'Soup' }],
      [{ name: 'Soup', price: -1 }],
      [{ name: 'Soup', price: 1.5 }],
      [{ name: 'Soup', price: '1' }],
      [{ name: 'Soup', price: 1, quantity: null }],
      [{ name: 'Soup', price: 1, quantity: 0 }],
      { x: { name: 'Soup', price: 1, quantity: 2.5 } },
      { x: [] },
    ];
    const shapes = await cloneDatabase();
    try {
      for (const [index, each] of items.entries())
        await shapes.query(`SELECT make('orders', jsonb_build_object('id', $1::text, 'items', $2::jsonb))`, [
          `shape${index}`,
          JSON.stringify(each),
        ]);
      const { stdout } = await smsfood(['check', 'orders.items-malformed', '--sample', '100', '--format', 'json'], {
        env: { DATABASE_URL: shapes.url },
      });
      const found = z
        .looseObject({ results: z.array(z.looseObject({ samples: z.array(z.looseObject({ id: z.string() })) })) })
        .parse(JSON.parse(stdout));
      const malformed = found.results[0]?.samples.map(({ id }) => id).sort();
      const refused = items.flatMap((each, index) => (validate(each) ? [] : [`shape${index}`]));
      expect(refused).toHaveLength(12);
      expect(malformed).toEqual(refused.sort());
    } finally {
      await shapes.drop();
    }
    const preferences = new Ajv2020().compile(columns.get('customers.preferences')?.shape ?? {});
    expect([{}, { spice: 'mild' }, null, [], 'mild', 1].map((each) => preferences(each))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('is a page that stands alone, with values that cannot be markup', async () => {
    const { code, stdout } = await run(['dictionary', '--offline', '--format', 'html']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^<!doctype html>/);
    expect(stdout).not.toMatch(/<script|<link|\bsrc=|url\(|@import/);
    expect(stdout).toContain('<h2>customers</h2>');
    const { stdout: csv } = await run(['dictionary', '--offline', '--format', 'csv']);
    expect(csv.split('\r\n')[0]).toContain('table,column,type');
  });
});

describe('erd', () => {
  it('draws every foreign key of the database once, and dots what has none', async () => {
    const document = z
      .looseObject({ diagrams: z.array(z.object({ id: z.string(), title: z.string(), mermaid: z.string() })) })
      .parse(await json(['erd']));
    expect(document.diagrams.map(({ id }) => id)).toEqual(['platform', 'ops']);
    const text = document.diagrams.map(({ mermaid }) => mermaid).join('\n');
    const { rows } = await database.query<{ keys: number }>(
      `SELECT count(*)::int AS keys FROM pg_constraint WHERE contype = 'f' AND
       starts_with(conrelid::regclass::text, 'ops.') = starts_with(confrelid::regclass::text, 'ops.')`,
    );
    expect(text.match(/ (?:\|o|\|\|)--o[{|] /g)).toHaveLength(rows[0]?.keys ?? 0);
    expect(text).toContain('business_customers |o..o{ phone_number_inventory : "currentBusinessId"');
    expect(text).toContain('customers ||--o{ orders : "customerId"');
  });

  it('shows a constraint that was lost', async () => {
    const damaged = await cloneDatabase();
    try {
      await damaged.query('ALTER TABLE orders DROP CONSTRAINT "orders_customerId_fkey"');
      const { stdout } = await run(['erd', 'orders', 'customers'], { env: { DATABASE_URL: damaged.url } });
      expect(stdout).toContain('customers ||..o{ orders : "customerId"');
      expect(stdout).not.toContain('menus');
    } finally {
      await damaged.drop();
    }
  });
});

describe('lineage', () => {
  const RowSchema = z.looseObject({
    row: z.looseObject({
      value: z.unknown(),
      sources: z.array(
        z.looseObject({ table: z.string(), rows: z.number(), shown: z.array(z.looseObject({ id: z.string() })) }),
      ),
      unknown: names,
      changes: z.array(z.looseObject({ before: z.unknown(), after: z.unknown(), command: z.string() })).nullable(),
    }),
  });

  it('says where a column comes from and what depends on it', async () => {
    const document = await json(['lineage', 'orders.totalAmount'], { env: { DATABASE_URL: undefined } });
    expect(document).toMatchObject({
      schema: 'smsfood.catalog-lineage/1',
      madeOf: ['orders.items'],
      makes: expect.arrayContaining(['customers.totalSpent', 'orders.platformFee', 'ops.daily_order_stats.gmv_cents']),
      writers: ['webhooks (sms.inbound, new rows)'],
      readers: expect.arrayContaining(['kpi revenue', 'export orders', 'reconcile']),
      checks: expect.arrayContaining(['orders.amount-vs-items']),
      row: null,
    });
  });

  it('shows the orders and the ledger behind one value', async () => {
    const before = RowSchema.parse(await json(['lineage', 'customers.totalSpent', '--row', 'cust1'])).row;
    expect(before).toMatchObject({ value: 1, changes: [], unknown: [] });
    expect(before.sources).toHaveLength(1);
    const { rows } = await database.query<{ id: string }>(
      `SELECT id FROM orders WHERE "customerId" = 'cust1' ORDER BY "createdAt" DESC, id LIMIT 20`,
    );
    expect(before.sources[0]).toMatchObject({ table: 'orders', rows: 25 });
    expect(before.sources[0]?.shown.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    await smsfood(['reconcile', '--apply', '--force'], { env: { DATABASE_URL: database.url } });
    const after = RowSchema.parse(await json(['lineage', 'customers.totalSpent', '--row', 'cust1'])).row;
    const { rows: sold } = await database.query<{ sum: number }>(
      `SELECT sum("totalAmount")::int AS sum FROM orders WHERE "customerId" = 'cust1' AND status = 'PAID'`,
    );
    expect(after).toMatchObject({
      value: sold[0]?.sum,
      changes: [{ before: 1, after: sold[0]?.sum, command: 'reconcile' }],
    });
  });

  it('masks what is personal, and says what it cannot see', async () => {
    const named = await run(['lineage', 'customers.name', '--row', 'cust1']);
    expect(named.stdout).toContain('customers.name is N•••••.');
    expect(named.stdout).not.toContain('Name 1');
    const url = database.urlFor(ROLE, 'secret');
    const limited = await run(['lineage', 'customers.totalSpent', '--row', 'cust2'], { env: { DATABASE_URL: url } });
    expect(limited).toMatchObject({ code: 0, stderr: '' });
    expect(limited.stdout).toMatch(/Unknown, as it is not installed or closed to this role: orders/);
    expect(limited.stdout).toMatch(/Unknown: the ledger/);
  });

  it('lists every column that is made of others', async () => {
    const { stdout } = await run(['lineage', '--format', 'csv']);
    expect(stdout).toContain('promo_codes.currentUses,business_customers.promoCodeId');
  });
});

describe('coverage', () => {
  const CoverageSchema = z.looseObject({
    rules: z.object({ watched: z.number(), all: z.number(), percent: z.number() }),
    byColumn: z.array(
      z.looseObject({ table: z.string(), column: z.string(), rule: z.string().nullable(), checks: names }),
    ),
    byRelation: z.array(z.looseObject({ from: z.string(), to: z.string(), checks: names })),
    switchedOff: names,
    exitCode: z.number(),
  });
  const none = { env: { DATABASE_URL: undefined } };

  it('reaches 90% of the columns with a business rule, by its own list', async () => {
    const { code, stdout } = await run(['coverage', '--min', '90', '--format', 'json'], none);
    const { rules, byColumn, byRelation } = CoverageSchema.parse(JSON.parse(stdout));
    const ruled = byColumn.filter(({ rule }) => rule !== null);
    const watched = ruled.filter(({ checks }) => checks.length > 0);
    expect({ code, watched: rules.watched, all: rules.all }).toEqual({
      code: 0,
      watched: watched.length,
      all: ruled.length,
    });
    expect(watched.length / ruled.length).toBeGreaterThanOrEqual(0.9);
    expect(byRelation.find(({ from }) => from === 'orders.customerId')?.checks).toEqual(['orders.customer-orphan']);
    expect(byRelation.find(({ from }) => from === 'menu_items.menuId')?.checks).toEqual([]);
    const paid = byColumn.find(({ table, column }) => table === 'orders' && column === 'paymentUrl');
    expect(paid).toMatchObject({ checks: [], rule: null });
  });

  it('exits 1 below --min, and names what is not watched', async () => {
    const { code, stdout } = await run(['coverage', '--min', '95'], none);
    expect(code).toBe(1);
    expect(stdout).toContain('less than the 95% asked for');
    expect(stdout).toContain('phone_number_inventory.previousBusinessId');
    expect((await run(['coverage', '--min', '0'], none)).code).toBe(0);
  });

  it('goes by the checks in force: one that is switched off watches nothing, one of your own does', async () => {
    const cwd = temporaryFolder({
      'smsfood.config.json': JSON.stringify({
        checks: { overrides: { 'businesses.tier-unknown': { enabled: false } } },
      }),
      'own/businesses/fee-waived.sql': checkFile('SELECT id FROM business_customers WHERE "phoneNumberFeeWaived"'),
    });
    const tier = (document: z.infer<typeof CoverageSchema>, name: string) =>
      document.byColumn.find(({ column }) => column === name)?.checks;
    const document = CoverageSchema.parse(await json(['coverage', '--checks', 'own'], { ...none, cwd }));
    expect(document.switchedOff).toEqual(['businesses.tier-unknown']);
    expect(tier(document, 'subscriptionTier')).toEqual([]);
    expect(tier(document, 'phoneNumberFeeWaived')).toEqual(['businesses.fee-waived']);
  });
});

it.each<[string, string[], string, string]>([
  ['a table', ['dictionary', 'custmers'], 'There is no table "custmers"', 'Did you mean "customers"?'],
  ['a table, offline', ['erd', '--offline', 'ops.run'], 'There is no table "ops.run"', 'Did you mean "ops.runs"?'],
  ['a column', ['lineage', 'customers.totlSpent'], 'has no column "totlSpent"', 'Did you mean "totalSpent"?'],
  ['no column', ['lineage', 'customers'], 'not of the form table.column', 'customers.totalSpent'],
  ['an empty column', ['lineage', 'customers.'], 'not of the form table.column', 'customers.totalSpent'],
  ['a row', ['lineage', 'customers.totalSpent', '--row', '+14045550134'], 'has no row of this id', 'column id'],
  ['an empty row', ['lineage', 'customers.totalSpent', '--row', ''], '--row: is empty', '--help'],
  ['a row of nothing', ['lineage', '--row', 'x'], '--row is a row of a column', 'table.column'],
  ['a row of ops', ['lineage', 'ops.runs.command', '--row', 'x'], '--row is for rows of the platform', 'Leave it out'],
  [
    'a sandbox that nobody asks',
    ['dictionary', '--offline', '--sandbox'],
    '--sandbox would be ignored',
    'Leave it out',
  ],
  ['a flow', ['flows', 'nigtly'], 'There is no flow "nigtly"', 'Did you mean "nightly"?'],
  ['a percentage', ['coverage', '--min', '101'], '--min: must be from 0 to 100', '--help'],
  ['no percentage', ['coverage', '--min', 'most'], '--min: is no percentage', '--help'],
  ['a command', ['lineag'], "unknown command 'lineag'", 'lineage'],
])('says what is wrong with %s, exit 2', async (_name, argv, problem, hint) => {
  const { code, stdout, stderr } = await run(argv);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(problem);
  expect(stderr).toContain(hint);
  expect(stderr).not.toContain('+1404');
});

it('a database that is not there is exit 3, none at all exit 2', async () => {
  const gone = await run(['dictionary'], { env: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' } });
  expect(gone).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('DB_UNREACHABLE') });
  const none = await run(['dictionary'], { env: { DATABASE_URL: undefined } });
  expect(none).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--sandbox') });
});

it('an interrupted command prints nothing', async () => {
  const stop = new AbortController();
  stop.abort();
  const { code, stdout } = await run(['dictionary'], { signal: stop.signal });
  expect({ isDone: code === 0, stdout }).toEqual({ isDone: false, stdout: '' });
});
