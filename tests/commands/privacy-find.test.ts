import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { readKnownSchema } from '../../src/catalog/known-schema.js';
import { SmsfoodError } from '../../src/errors.js';
import { COLUMN_TAGS } from '../../src/personal-data.js';
import { PLACES } from '../../src/privacy/places.js';
import { cloneDatabase, installOps, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { startProgram } from '../harness/process.js';
import { type RunOptions, smsfood } from '../harness/run.js';

const ROLE = 'privacy_reader';
const RowSchema = z.object({ id: z.string(), reasons: z.array(z.string()), values: z.record(z.string(), z.string()) });
const DocumentSchema = z.looseObject({
  schema: z.literal('smsfood.privacy-find/1'),
  total: z.number(),
  tables: z.array(z.object({ table: z.string(), rows: z.number(), listed: z.array(RowSchema) })),
  missing: z.array(z.string()),
  closed: z.array(z.string()),
});

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
  await installOps(database);
  const run = randomUUID();
  await database.query(`
    SELECT make('business_customers', '{"id": "biz", "contactEmail": "Ada@Example.com", "assignedPhoneNumber": "+14705550100"}');
    SELECT make('customers', '{"id": "ada", "phoneNumber": "+14045550134", "email": " ADA@example.com ", "name": "Ada", "notes": "allergic"}');
    SELECT make('customers', '{"id": "twin", "phoneNumber": "404-555-0134", "email": null, "name": "Zyxname"}');
    SELECT make('customers', '{"id": "other", "phoneNumber": "+14045550135", "email": "nada@example.com", "notes": "call 404 555 0134 first"}');
    SELECT make('customers', '{"id": "longer", "phoneNumber": "+441404555013", "name": "14045550134567", "email": "ada@example.com.au"}');
    SELECT make('customers', '{"id": "british", "phoneNumber": "+447700900123", "email": "x@y.example"}');
    SELECT make('orders', '{"id": "o1", "customerId": "ada", "notes": "ring", "paymentId": "pi_ada"}'), make('orders', '{"id": "o2", "customerId": "twin"}'),
      make('orders', '{"id": "o3", "customerId": "other", "notes": "for ada@example.com"}'), make('orders', '{"id": "o4", "customerId": "other"}');
    SELECT make('sms_logs', '{"id": "m1", "customerId": "ada", "message": "hello", "twilioSid": "SMada"}'), make('sms_logs', '{"id": "m2", "customerId": null, "message": "I am (404) 555-0134."}'),
      make('sms_logs', '{"id": "m3", "customerId": "other", "message": "24045550134 is no such number"}');
    SELECT make('customer_lists', '{"id": "list"}'), make('customer_list_members', '{"id": "member", "customerListId": "list", "customerId": "ada"}');
    SELECT make('phone_number_inventory', '{"id": "number", "phoneNumber": "+14705550100", "notes": "ask ada@example.com"}');
    INSERT INTO ops.runs (id, command, arguments, version, host, started_at, status) VALUES ('${run}', 'reconcile', '{}', '1', 'h', now(), 'running');
    INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, subject, occurred_at, verified_by, content_hash)
      VALUES ('twilio', 'SM1', 'sms.inbound', 'SM1', now(), 'secret 1', ''), ('stripe', 'evt_1', 'charge.refunded', 'o1', now(), 'secret 1', ''),
        ('stripe', 'evt_2', 'charge.refunded', 'o4', now(), 'secret 1', ''), ('stripe', 'evt_3', 'checkout.session.completed', 'pi_x', now(), 'secret 1', ''),
        ('stripe', 'evt_4', 'payment_intent.succeeded', 'pi_ada', now(), 'secret 1', ''), ('twilio', 'SMada:delivered', 'sms.status', 'SMada', now(), 'secret 1', '');
    INSERT INTO ops.webhook_payloads (event_id, body) VALUES (1, 'From=%2B14045550134&Body=1%2C3'), (2, '\\xff00'::bytea), (3, '{}'),
      (4, '{"customer_details": {"email": "Ada@Example.com"}}');
    INSERT INTO ops.webhook_replies (event_id, body) VALUES (1, 'Order received'), (3, 'nothing');
    INSERT INTO ops.change_log (run_id, table_name, row_id, before, after, reason) VALUES ('${run}', 'customers', 'ada', '{"totalSpent": 1}', '{"totalSpent": 2}', 'x'),
      ('${run}', 'customers', 'other', '{"totalSpent": 1}', '{"totalSpent": 2}', 'x'), ('${run}', 'business_customers', 'biz', '{"assignedPhoneNumber": "+14045550134"}', '{"assignedPhoneNumber": null}', 'x');
    INSERT INTO ops.customer_rfm_scores VALUES ('ada', '2026-01-01', NULL, now(), 1, 1, 1, 1, 1, 'lost', 'Lost', now())`);
  await database.query(`DROP ROLE IF EXISTS ${ROLE}; CREATE ROLE ${ROLE} LOGIN PASSWORD 'secret'`);
  await database.query(`GRANT SELECT ON customers TO ${ROLE}`);
});
afterAll(async () => {
  await database.query(`DROP OWNED BY ${ROLE}; DROP ROLE ${ROLE}`);
  await database.drop();
});

const run = (argv: readonly string[], options: RunOptions = {}) =>
  smsfood(['privacy', 'find', ...argv], { ...options, env: { DATABASE_URL: database.url, ...options.env } });

async function find(argv: readonly string[], options: RunOptions = {}) {
  const { code, stdout, stderr } = await run([...argv, '--format', 'json'], options);
  expect(stderr).toBe('');
  const document = DocumentSchema.parse(JSON.parse(stdout));
  const ids = Object.fromEntries(document.tables.map(({ table, listed }) => [table, listed.map(({ id }) => id)]));
  return { code, ...document, ids };
}

const BY_PHONE = {
  customers: ['ada', 'other', 'twin'],
  orders: ['o1', 'o2'],
  sms_logs: ['m1', 'm2'],
  customer_list_members: ['member'],
  'ops.webhook_payloads': ['1', '2'],
  'ops.webhook_inbox': ['1', '2', '5', '6'],
  'ops.webhook_replies': ['1'],
  'ops.change_log': ['1', '3'],
  'ops.customer_rfm_scores': ['ada 2026-01-01'],
};

describe('every row about a person', () => {
  it.each(['+14045550134', '404-555-0134', '(404) 555 0134', ' 1.404.555.0134 '])(
    'by phone, typed %s',
    async (number) => {
      const { code, ids, total } = await find([number]);
      expect({ code, ids }).toEqual({ code: 0, ids: BY_PHONE });
      expect(total).toBe(Object.values(BY_PHONE).flat().length);
    },
  );

  it('says why each row is there', async () => {
    const { tables } = await find(['+14045550134']);
    const reasons = (table: string, id: string) =>
      tables.find((each) => each.table === table)?.listed.find((row) => row.id === id)?.reasons;
    expect(reasons('customers', 'ada')).toEqual(['phoneNumber']);
    expect(reasons('customers', 'other')).toEqual(['notes']);
    expect(reasons('orders', 'o1')).toEqual(['order of the customer']);
    expect(reasons('sms_logs', 'm2')).toEqual(['message']);
    expect(reasons('ops.webhook_payloads', '1')).toEqual(['body']);
    expect(reasons('ops.change_log', '3')).toEqual(['before']);
  });

  it('by e-mail address, in any case; addresses that only look like it are not taken', async () => {
    const { ids } = await find(['aDa@example.COM']);
    expect(ids).toMatchObject({
      customers: ['ada'],
      business_customers: ['biz'],
      phone_number_inventory: ['number'],
      orders: ['o1', 'o3'],
      sms_logs: ['m1'],
      'ops.webhook_payloads': ['2', '4'],
      'ops.webhook_inbox': ['2', '4', '5', '6'],
      'ops.change_log': ['1', '3'],
    });
  });

  it('of another country, by all digits; nobody is nobody', async () => {
    expect((await find(['+44 7700 900123'])).ids).toEqual({ customers: ['british'] });
    const nobody = await find(['+14045559999']);
    expect(nobody).toMatchObject({ code: 0, total: 0, tables: [] });
    expect((await run(['nobody@example.com'])).stdout).toContain('No row is about this e-mail address.');
  });

  it('counts what it does not list', async () => {
    const { tables } = await find(['+14045550134', '--limit', '1']);
    expect(tables.find(({ table }) => table === 'orders')).toMatchObject({ rows: 2, listed: [{ id: 'o1' }] });
  });

  it('finds them in the newer generation, and without ops', async () => {
    const bare = await cloneDatabase('newer');
    try {
      await bare.query(
        `SELECT make('customers', '{"id": "ada", "phoneNumber": "+14045550134"}'), make('orders', '{"id": "o1", "customerId": "ada"}')`,
      );
      const { code, ids, missing } = await find(['4045550134'], { env: { DATABASE_URL: bare.url } });
      expect({ code, ids }).toEqual({ code: 0, ids: { customers: ['ada'], orders: ['o1'] } });
      expect(missing).toContain('ops.change_log');
    } finally {
      await bare.drop();
    }
  });
});

describe('what nobody may see', () => {
  const SECRETS = ['4045550134', '404-555-0134', 'ada@example.com', 'allergic', 'Order received', 'Zyxname', 'hello'];
  const seen = (text: string) => SECRETS.filter((secret) => text.toLowerCase().includes(secret.toLowerCase()));

  it.each(['table', 'json', 'csv', 'markdown', 'html'])('is masked in %s, and there with --reveal', async (format) => {
    const masked = await run(['+14045550134', '--format', format, '--verbose']);
    expect(masked.code).toBe(0);
    expect(seen(masked.stdout + masked.stderr)).toEqual([]);
    const revealed = await run(['+14045550134', '--format', format, '--reveal', '--verbose']);
    expect(seen(revealed.stdout)).toEqual(expect.arrayContaining(['4045550134', 'allergic', 'hello']));
    expect(seen(revealed.stderr)).toEqual([]);
  });

  it('is kept nowhere: asking leaves no run, and its statements do not hold the number', async () => {
    const before = await database.query('SELECT count(*) AS runs FROM ops.runs');
    await run(['+14045550134', '--reveal']);
    expect((await database.query('SELECT count(*) AS runs FROM ops.runs')).rows).toEqual(before.rows);
    const { rows } = await database.query<{ query: string }>(
      `SELECT query FROM pg_stat_activity WHERE application_name LIKE 'smsfood/%'`,
    );
    expect(seen(rows.map(({ query }) => query).join())).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['blanks', '   '],
    ['a malformed address', 'ada@example'],
    ['two addresses', 'ada@example.com bob@example.com'],
    ['a short number', '555-0134'],
    ['a long number', '+1404555013412345'],
    ['a name', 'Ada Lovelace'],
  ])('is not repeated where it is wrong: %s', async (_name, person) => {
    const { code, stdout, stderr } = await run([person]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/phone number|e-mail address/);
    if (person.trim() !== '') expect(stderr).not.toContain(person.trim());
  });
});

it('writes a file that only its owner may read', async () => {
  const cwd = temporaryFolder();
  expect(await run(['+14045550134', '--reveal', '--output', 'answer.txt'], { cwd })).toMatchObject({
    code: 0,
    stdout: '',
  });
  expect(statSync(join(cwd, 'answer.txt')).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(cwd, 'answer.txt'), 'utf8')).toContain('+14045550134');
});

it('reads the number from standard input, in this process and in one of its own', async () => {
  expect((await find(['-'], { input: '404-555-0134\nmore\n' })).ids).toEqual(BY_PHONE);
  expect(await run(['-'], { input: '' })).toMatchObject({ code: 2, stderr: expect.stringContaining('is empty') });
  expect(await run(['-'], { input: 'x'.repeat(5000) })).toMatchObject({ code: 2, stdout: '' });
  const { ended } = startProgram(['privacy', 'find', '-'], { env: { DATABASE_URL: database.url } });
  expect(await ended).toMatchObject({ code: 2, stdout: '' }); // its standard input is closed
});

it('stops waiting for standard input when it is interrupted', async () => {
  const stop = new AbortController();
  const input = new PassThrough();
  const waiting = run(['-'], { input, signal: stop.signal });
  await vi.waitFor(() => expect(input.listenerCount('readable')).toBeGreaterThan(0));
  stop.abort(new SmsfoodError('INTERRUPTED', 'Interrupted.'));
  expect(await waiting).toMatchObject({ code: 130, stdout: '' });
});

it('cannot vouch for tables that are closed to it: exit 3, with what it did see', async () => {
  const { code, ids, closed } = await find(['+14045550134'], {
    env: { DATABASE_URL: database.urlFor(ROLE, 'secret') },
  });
  expect({ code, ids }).toEqual({ code: 3, ids: { customers: ['ada', 'other', 'twin'] } });
  expect(closed).toEqual(expect.arrayContaining(['orders', 'ops.change_log']));
});

it('looks everywhere: at each column that is tagged, and at what names a customer', () => {
  const looked = new Set(
    PLACES.flatMap(({ table, phones = [], emails = [], texts = [], bytes = [] }) =>
      [...phones, ...emails, ...texts, ...bytes].map((column) => `${table}.${column}`),
    ),
  );
  const tagged = COLUMN_TAGS.filter(({ tag }) => tag !== 'plain' && tag !== 'secret').map(
    ({ table, column }) => `${table}.${column}`,
  );
  expect(tagged.filter((place) => !looked.has(place))).toEqual([]);
  const naming = readKnownSchema().filter(({ columns }) =>
    columns.some(({ references }) => references === 'customers.id'),
  );
  expect(
    naming.map(({ name }) => name).filter((name) => !PLACES.some(({ table, related }) => table === name && related)),
  ).toEqual([]);
});
