import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KPI_REPORTS } from '../../src/kpi/index.js';
import { FORMATS } from '../../src/output/index.js';
import { seedMarketplace } from '../../src/sandbox/seed/seed-marketplace.js';
import { readDocument } from '../harness/check-document.js';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { checkFile, temporaryFolder } from '../harness/folder.js';
import { listen } from '../harness/http-server.js';
import { type Outcome, type RunOptions, smsfood } from '../harness/run.js';

/** Put into every personal column of every row: each word of a kind of its own. */
const CANARIES = [
  'Zyxname',
  'Zyxmail',
  'Zyxnote',
  'Zyxtext',
  'Zyxpref',
  'Zyxpay',
  'Zyxcontact',
  'Zyxtime',
  'Zyxadded',
  'Zyxsecret',
];

const SPOIL = `
  UPDATE customers SET name = CASE WHEN name ~ '\\S' THEN name || ' Zyxname' ELSE name END, email = 'Zyxmail' || email,
    notes = 'Zyxnote ' || id, preferences = CASE jsonb_typeof(preferences) WHEN 'object' THEN preferences || '{"likes": "Zyxpref"}' ELSE '"Zyxpref"' END;
  UPDATE business_customers SET "contactName" = 'Zyxcontact', "contactEmail" = 'Zyxmail' || "contactEmail";
  UPDATE phone_number_inventory SET notes = 'Zyxnote';
  UPDATE customer_list_members SET "addedBy" = 'Zyxadded', notes = 'Zyxnote';
  UPDATE orders SET "paymentUrl" = 'https://pay.example/Zyxpay', notes = 'Zyxnote', "deliveryTime" = CASE WHEN "deliveryTime" ~ '\\S' THEN 'Zyxtime' END;
  UPDATE sms_logs SET message = message || ' Zyxtext';
  UPDATE admin_users SET email = 'Zyxmail' || email, password = 'Zyxsecret', name = 'Zyxname';
  CREATE VIEW customer_view AS SELECT * FROM customers;
  CREATE FUNCTION is_odd(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''% is odd'', $1; END'`;

/** Checks such as a user writes, which show personal columns in every disguise. */
const OWN_CHECKS: Readonly<Record<string, string>> = {
  aliased: `SELECT id, "phoneNumber" AS x, lower(email) AS y, name || '' AS z, notes AS n, preferences AS p, ARRAY[name] AS list FROM customers`,
  converted: `SELECT id, to_jsonb(c) AS everything, c::text AS row_text, preferences ->> 'likes' AS likes, substr(name, 1, 20) AS start FROM customers c`,
  numbered: `SELECT id, right(regexp_replace("phoneNumber", '[^0-9]', '', 'g'), 10)::bigint AS number, right(regexp_replace("phoneNumber", '[^0-9]', '', 'g'), 10)::numeric AS exact FROM customers`,
  nested: `WITH c AS MATERIALIZED (SELECT *, name AS who FROM customers) SELECT id, who, "phoneNumber", email FROM (SELECT * FROM c) AS d`,
  viewed: `SELECT id, name, email, "phoneNumber", notes FROM customer_view`,
  joined: `SELECT o.id, c.name AS who, o."paymentUrl" AS link, o.notes, m.message, o."deliveryTime" AS due FROM orders o JOIN customers c ON c.id = o."customerId" JOIN sms_logs m ON m."customerId" = c.id WHERE o."deliveryTime" IS NOT NULL`,
  united: `SELECT id, name AS status FROM customers UNION ALL SELECT id, message FROM sms_logs`,
  aggregated: `SELECT min(id) AS id, max(name) AS top, string_agg(email, ',') AS all_mail FROM customers GROUP BY category`,
  disguised: `SELECT "phoneNumber" AS id, email AS "createdAt", name AS cents_text FROM customers`,
  lists: `SELECT id, "addedBy" AS who, notes FROM customer_list_members`,
  businesses: `SELECT id, "contactName" AS person, "contactEmail" AS mail, "assignedPhoneNumber" AS line FROM business_customers`,
  admins: `SELECT id, email, password, name FROM admin_users`,
};

/** Checks that cannot be judged, and whose errors quote rows. */
const BROKEN_CHECKS: Readonly<Record<string, string>> = {
  cast: `SELECT id FROM customers WHERE name::int > 0`,
  'cast-email': `SELECT id FROM customers WHERE email::timestamp < now()`,
  'cast-selected': `SELECT id, notes::numeric AS number FROM customers`,
  'cast-name': `SELECT id FROM customers WHERE name::regclass IS NULL`,
  raised: `SELECT id FROM customers WHERE is_odd("phoneNumber" || name)`,
  zone: `SELECT id FROM customers WHERE now() AT TIME ZONE name > now()`,
  json: `SELECT id FROM customers WHERE notes::jsonb IS NULL`,
};

let database: TestDatabase;
let phones: Set<string>;

beforeAll(async () => {
  database = await cloneDatabase();
  const client = await database.connect();
  await seedMarketplace(client, {
    customers: 150,
    orders: 600,
    days: 30,
    damage: 'every',
    seed: 1,
    now: new Date(),
    timezone: 'America/New_York',
  });
  await database.query(SPOIL);
  await smsfood(['db', 'install'], { env: { DATABASE_URL: database.url } });
  const { rows } = await database.query<{ digits: string }>(
    `SELECT right(regexp_replace(phone, '[^0-9]', '', 'g'), 10) AS digits FROM (
       SELECT "phoneNumber" AS phone FROM customers UNION SELECT "phoneNumber" FROM phone_number_inventory UNION SELECT "assignedPhoneNumber" FROM business_customers) AS p
     WHERE length(regexp_replace(phone, '[^0-9]', '', 'g')) >= 10`,
  );
  phones = new Set(rows.map(({ digits }) => digits));
  expect(phones.size).toBeGreaterThan(100);
});
afterAll(() => database.drop());

/** What of a person is in a text: canary words in any case, and phone numbers in any spelling. */
function leaks(text: string): string[] {
  const words = CANARIES.filter((word) => text.toLowerCase().includes(word.toLowerCase()));
  const numbers = [...text.matchAll(/\d(?:[ ().-]{0,2}\d){9,}/g)]
    .map(([run]) => run.replace(/\D/g, ''))
    .filter((run) => phones.has(run.slice(-10)) || phones.has(run.slice(0, 10)));
  return [...words, ...new Set(numbers)];
}

function checks(...sets: Readonly<Record<string, string>>[]): string {
  const all = Object.entries(Object.assign({}, ...sets));
  return temporaryFolder(Object.fromEntries(all.map(([name, sql]) => [`own/${name}.sql`, checkFile(String(sql))])));
}

const run = (argv: readonly string[], options: RunOptions = {}): Promise<Outcome> =>
  smsfood(argv, { ...options, env: { DATABASE_URL: database.url, ...options.env } });

describe('no output shows who a customer is', () => {
  it.each([...FORMATS.map((format) => [format, false] as const), ['table', true] as const])(
    'check --format %s (terminal: %s)',
    async (format, terminal) => {
      const folder = checks(OWN_CHECKS, BROKEN_CHECKS);
      const options = { terminal, columns: 200, env: { FORCE_COLOR: terminal ? '1' : '0' } };
      const { code, stdout, stderr } = await run(
        ['check', '--checks', folder, '--format', format, '--sample', '100', '--verbose'],
        options,
      );
      expect(code).toBe(1);
      expect(stdout.length).toBeGreaterThan(1_000);
      expect(leaks(stdout + stderr)).toEqual([]);
    },
  );

  it('although nearly every check has violations with samples', async () => {
    const { stdout } = await run([
      'check',
      '--checks',
      checks(OWN_CHECKS, BROKEN_CHECKS),
      '--format',
      'json',
      '--sample',
      '100',
    ]);
    const { results, byId } = readDocument(stdout);
    const sampled = results.filter(({ samples }) => samples.length > 0);
    expect(sampled.length).toBeGreaterThan(45);
    expect(Object.keys(OWN_CHECKS).filter((name) => byId.get(`own.${name}`)?.status !== 'fail')).toEqual([]);
    expect(Object.keys(BROKEN_CHECKS).filter((name) => byId.get(`own.${name}`)?.status !== 'error')).toEqual([]);
    expect(byId.get('own.aliased')?.samples[0]).toMatchObject({
      x: expect.stringMatching(/^\+1\d{3}•••••\d\d$/),
      n: '•••••',
      p: '•••••',
    });
    // Keys and what is not personal can still be read.
    expect(byId.get('own.aliased')?.samples[0]?.id).toMatch(/^\w{20,}$/);
    expect(byId.get('customers.totals-negative')?.samples[0]).toMatchObject({ totalOrders: expect.any(Number) });
  });

  it('but all of it is there with --reveal, where it is asked for', async () => {
    const { stdout, stderr } = await run([
      'check',
      '--checks',
      checks(OWN_CHECKS),
      '--format',
      'json',
      '--sample',
      '100',
      '--reveal',
    ]);
    const seen = leaks(stdout);
    expect(seen).toEqual(expect.arrayContaining(CANARIES));
    expect(seen.length).toBeGreaterThan(CANARIES.length + 20);
    expect(leaks(stderr)).toEqual([]);
  });

  it('errors stay without values even with --reveal', async () => {
    const { stdout, stderr } = await run([
      'check',
      'own',
      '--checks',
      checks(BROKEN_CHECKS),
      '--format',
      'json',
      '--reveal',
      '--verbose',
    ]);
    const { results } = readDocument(stdout);
    expect(results.map(({ status }) => status)).toEqual(results.map(() => 'error'));
    expect(leaks(stdout + stderr)).toEqual([]);
  });

  it.each([
    [['check', 'explain', '--verbose']],
    [['check', 'list', '--format', 'json']],
    [['check', 'history', '--format', 'json']],
    [['scorecard', '--format', 'json']],
    [['report', '--output', '-']],
    [['doctor', '--format', 'json', '--verbose']],
    [['db', 'status', '--format', 'json']],
    ...KPI_REPORTS.map(({ id }) => [['kpi', id, '--format', 'json']]),
    [['phones', 'list', '--format', 'json']],
    [['phones', 'recycle', '--release-inactive', '--format', 'json']],
    [['phones', 'recycle', '--release-inactive']],
    [['phones', 'audit', '--format', 'json']],
    [['phones', 'release', 'cspoiltphonenumber0000106', '--format', 'json']],
    [['phones', 'audit', 'cspoiltphonenumber0000106']],
  ])('%j', async (argv) => {
    const { stdout, stderr } = await run(argv);
    expect(stdout).not.toBe('');
    expect(leaks(stdout + stderr)).toEqual([]);
  });

  it('nor do files: reports and baselines', async () => {
    const cwd = temporaryFolder();
    const folder = checks(OWN_CHECKS);
    await run(['check', '--checks', folder, '--sample', '100', '--verbose', '--output', 'report.txt'], { cwd });
    expect(leaks(readFileSync(join(cwd, 'report.txt'), 'utf8'))).toEqual([]);
    const { code, stdout, stderr } = await run(['check', '--checks', folder, '--write-baseline', 'baseline.json'], {
      cwd,
    });
    expect(code).toBe(0);
    const baseline = readFileSync(join(cwd, 'baseline.json'), 'utf8');
    expect(baseline.length).toBeGreaterThan(10_000);
    expect(leaks(stdout + stderr + baseline)).toEqual([]);
    const against = await run(['check', '--checks', folder, '--baseline', 'baseline.json', '--verbose'], { cwd });
    expect(leaks(against.stdout + against.stderr)).toEqual([]);
  });

  it('nor does what a night tells: Slack, the ping, the metrics, its own output', async () => {
    const told = await listen({ status: 200, body: 'ok' });
    const config = { checks: { directories: [checks(OWN_CHECKS, BROKEN_CHECKS)] } };
    const cwd = temporaryFolder({ 'smsfood.config.json': JSON.stringify(config) });
    const env = { SLACK_WEBHOOK_URL: `${told.url}/slack` };
    for (const format of ['table', 'json']) {
      const argv = ['nightly', '--format', format, '--notify', 'slack', '--ping', told.url, '--metrics-file', 'x.prom'];
      const { code, stdout, stderr } = await run(argv, { cwd, env });
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      expect(leaks(stdout + readFileSync(join(cwd, 'x.prom'), 'utf8'))).toEqual([]);
    }
    expect(told.received).toHaveLength(6);
    const bodies = told.received.map(({ body }) => body).join('\n');
    for (const name of [...Object.keys(OWN_CHECKS), ...Object.keys(BROKEN_CHECKS)])
      expect(bodies).toContain(`own.${name}`);
    expect(leaks(bodies)).toEqual([]);
  });

  it('nor does the history in the database', async () => {
    await run(['check', '--checks', checks(OWN_CHECKS, BROKEN_CHECKS), '--sample', '100', '--reveal']);
    const { rows } = await database.query<{ text: string }>(
      `SELECT coalesce(string_agg(r::text, ' '), '') || (SELECT string_agg(c::text, ' ') FROM ops.check_results c) AS text FROM ops.runs r`,
    );
    expect(rows[0]?.text.length).toBeGreaterThan(1_000);
    expect(leaks(rows[0]?.text ?? '')).toEqual([]);
  });
});
