import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { CLOSE, type HttpServer, listen, unusedUrl } from '../harness/http-server.js';
import { parseMetrics } from '../notify/parse-metrics.js';
import { ALL, type NightlyWorld, nightlyWorld } from './nightly-world.js';

const HOOK = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';
const OK = { status: 200, body: 'ok' };
const FEELESS = `UPDATE orders SET "platformFee" = NULL WHERE id = (SELECT min(id) FROM orders WHERE status = 'DELIVERED')`;
const FEES = `UPDATE orders SET "platformFee" = ("totalAmount" * 2 + 50) / 100 WHERE status = 'DELIVERED'`;

let world: NightlyWorld;
beforeAll(async () => {
  world = await nightlyWorld();
});
afterAll(() => world.drop());
beforeEach(async () => {
  await world.query('TRUNCATE ops.change_log, ops.runs, ops.check_results, ops.watermarks CASCADE');
  await world.query(FEES);
});

const slackOf = (server: HttpServer) => ({ env: { SLACK_WEBHOOK_URL: `${server.url}${HOOK}` } });
const NOTIFY = ['--apply', '--notify', 'slack'];

/** The text of a message's blocks, in order. */
function message(server: HttpServer, index = 0): string {
  const { blocks } = JSON.parse(server.received[index]?.body ?? '{"blocks":[]}');
  return blocks.map(({ text }: { text: { text: string } }) => text.text).join('\n\n');
}

describe('--notify slack', () => {
  const TITLE =
    'tells what is new, still open and resolved, how each step ended and what to do; and nothing when all is well';
  it(TITLE, { timeout: 120_000 }, async () => {
    const slack = await listen(OK);
    await world.query(FEELESS);
    expect((await world.nightly(NOTIFY, slackOf(slack))).code).toBe(1);
    expect(slack.received[0]?.path).toBe(HOOK);
    expect(message(slack)).toMatch(/^smsfood nightly: 1 new\n/);
    expect(message(slack)).toMatch(
      /\n\*New\*\n• \*orders\.platform-fee-missing\*: 1 of \d+.*, \$\d+\.\d\d at stake\. Recompute/,
    );
    for (const step of ['recycle', 'reconcile', 'segments', 'summaries'])
      expect(message(slack)).toMatch(new RegExp(`^:white_check_mark: \\*${step}\\*: `, 'm'));
    expect(message(slack)).toMatch(/^:warning: \*checks\*: /m);
    expect(message(slack)).toMatch(/\*What to do\*\n`smsfood check orders\.platform-fee-missing`/);

    await world.nightly(NOTIFY, slackOf(slack));
    expect(message(slack, 1)).toMatch(/^smsfood nightly: 1 still open\n/);
    expect(message(slack, 1)).toMatch(
      /\*Still open\*\n• \*orders\.platform-fee-missing\*: 1 of .*, since \d{4}-\d\d-\d\d$/m,
    );

    await world.query(FEES);
    expect((await world.nightly(NOTIFY, slackOf(slack))).code).toBe(0);
    expect(message(slack, 2)).toMatch(/^smsfood nightly: 1 resolved\n/);
    expect(message(slack, 2)).toMatch(/\*Resolved\*\n• \*orders\.platform-fee-missing\*: Sold orders/);

    expect(await world.nightly(NOTIFY, slackOf(slack))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(slack.received).toHaveLength(3);
  });

  it('tells of a warning once, when it is new', async () => {
    const slack = await listen(OK);
    await world.query(`UPDATE menu_items SET price = 60000 WHERE id = (SELECT min(id) FROM menu_items)`);
    onTestFinished(async () => void (await world.query(`UPDATE menu_items SET price = 1250 WHERE price = 60000`)));
    for (const _night of [1, 2])
      expect(await world.nightly(NOTIFY, slackOf(slack))).toMatchObject({ code: 0, stdout: '' });
    expect(slack.received).toHaveLength(1);
    expect(message(slack)).toMatch(/\*menu-items\.price-too-high\* \(warning\): /);
  });

  it('tells of a step that failed, and of a night that could not begin', async () => {
    const slack = await listen(OK);
    await world.query('ALTER TABLE phone_number_inventory RENAME TO elsewhere');
    onTestFinished(async () => void (await world.query('ALTER TABLE elsewhere RENAME TO phone_number_inventory')));
    expect((await world.nightly(NOTIFY, slackOf(slack))).code).toBe(3);
    expect(message(slack)).toMatch(/^smsfood nightly: 1 step failed\n/);
    expect(message(slack)).toMatch(
      /^:x: \*recycle\*: Nothing was changed: this database has no table phone_number_inventory/m,
    );
    const { env } = slackOf(slack);
    const nowhere = await world.nightly(NOTIFY, {
      env: { ...env, DATABASE_URL: 'postgresql://u:s3cret@127.0.0.1:1/x' },
    });
    expect(nowhere.code).toBe(3);
    expect(message(slack, 1)).toMatch(/^smsfood nightly could not begin\n\nNothing answers at 127\.0\.0\.1:1/);
    expect(slack.received[1]?.body).not.toContain('s3cret');
  });

  it('holds no personal data, whatever is in the rows', async () => {
    const slack = await listen(OK);
    await world.query(`CREATE TEMP TABLE kept AS SELECT id, items FROM orders ORDER BY id LIMIT 1;
      UPDATE customers SET name = 'Zyxname', notes = '+14045559999', email = 'zyx@example.com' WHERE id = (SELECT min(id) FROM customers);
      UPDATE orders SET items = '"Zyxitems"', notes = 'Zyxnote' FROM kept WHERE orders.id = kept.id`);
    onTestFinished(
      async () => void (await world.query('UPDATE orders SET items = kept.items FROM kept WHERE orders.id = kept.id')),
    );
    expect((await world.nightly(NOTIFY, { ...slackOf(slack), ...ALL })).code).toBe(1);
    expect(message(slack)).toContain('orders.items-malformed');
    expect(slack.received[0]?.body).not.toMatch(/zyx|4045559999/i);
  });

  it.each([
    [
      'no_service',
      { status: 404, body: 'no_service' },
      /^warning: Slack did not take the message: it answered 404 no_service/,
    ],
    ['nothing', CLOSE, /^warning: Slack did not take the message: the connection was closed/],
  ] as const)('that fails with %s is said on standard error, and changes no verdict', async (_title, answer, words) => {
    const slack = await listen(answer);
    await world.query(FEELESS);
    const { code, stdout, stderr } = await world.nightly([...NOTIFY, '--quiet'], slackOf(slack));
    expect(code).toBe(1);
    expect(stdout).toMatch(/orders\.platform-fee-missing/);
    expect(stderr).toMatch(words);
    expect(stdout + stderr).not.toMatch(/T00000000|XXXX/);
    expect(await world.rows(`SELECT exit_code, arguments FROM ops.runs WHERE command = 'nightly'`)).toEqual([
      { exit_code: 1, arguments: { apply: true, releaseInactive: false, only: null, skip: null } },
    ]);
  });
});

describe('--ping', () => {
  const ID = '/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278';
  const paths = ({ received }: HttpServer) => received.map(({ path }) => path.replace(ID, ''));

  it('says start and success, with one run id and what was done', async () => {
    const ping = await listen({ status: 200, body: 'OK' });
    const { run, notifications } = await world.night(['--apply', '--ping', `${ping.url}${ID}/?create=1`]);
    expect(ping.received.map(({ path }) => path)).toEqual([`${ID}/start`, ID]);
    for (const { query, method } of ping.received)
      expect([method, query.get('rid'), query.get('create')]).toEqual(['POST', run.id, '1']);
    expect(ping.received[1]?.body).toMatch(
      /all is well \(exit code 0\)\.\nrecycle: done\. 0 numbers changed\.\nreconcile: done\./,
    );
    expect(notifications.map(({ channel, delivered }) => [channel, delivered])).toEqual([
      ['ping', true],
      ['ping', true],
    ]);
  });

  it('says findings and failures with their exit code', async () => {
    const ping = await listen({ status: 200, body: 'OK' });
    const env = { SMSFOOD_PING_URL: `${ping.url}${ID}` };
    await world.query(FEELESS);
    expect((await world.nightly(['--apply'], { env })).code).toBe(1);
    const nowhere = { ...env, DATABASE_URL: 'postgresql://127.0.0.1:1/x' };
    expect((await world.nightly(['--apply'], { env: nowhere })).code).toBe(3);
    expect((await world.nightly(['--apply'], { env: { ...env, DATABASE_URL: '' } })).code).toBe(2);
    expect(paths(ping)).toEqual(['/start', '/1', '/start', '/3', '/start', '/2']);
    expect(ping.received[1]?.body).toMatch(/^fail orders\.platform-fee-missing: 1 of \d+.* \(new\)$/m);
    expect(ping.received[3]?.body).toMatch(/^Nothing answers at 127\.0\.0\.1:1/);
  });

  it('leaves the configured address alone in a trial, unless it is asked for', async () => {
    const ping = await listen({ status: 200, body: 'OK' });
    const env = { SMSFOOD_PING_URL: `${ping.url}${ID}` };
    await world.nightly([], { env });
    await world.nightly(['--apply', '--only', 'recycle'], { env });
    expect(ping.received).toEqual([]);
    await world.nightly(['--only', 'recycle', '--ping', `${ping.url}/other`], { env });
    expect(paths(ping)).toEqual(['/other/start', '/other']);
  });

  it('that fails is said, twice, and changes no verdict', async () => {
    const { code, stdout, stderr } = await world.nightly(['--apply', '--quiet', '--ping', `${await unusedUrl()}${ID}`]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(
      /^warning: 127\.0\.0\.1:\d+ was not told \(start\): nothing answers there: connection refused\.\nwarning: \S+ was not told \(exit code 0\): .*\n$/,
    );
    expect(stderr).not.toContain(ID);
  });
});

describe('--metrics-file', () => {
  const valueIn = (text: string, name: string, labels: Record<string, string> = {}) =>
    parseMetrics(text)
      .get(name)
      ?.samples.find((sample) => JSON.stringify(sample.labels) === JSON.stringify(labels))?.value;

  it('holds how the night, its steps and the checks ended', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'smsfood.prom');
    await world.query(FEELESS);
    const before = Date.now() / 1000;
    expect((await world.nightly(['--apply', '--metrics-file', file], ALL)).code).toBe(1);
    const text = readFileSync(file, 'utf8');
    expect(readdirSync(folder)).toEqual(['smsfood.prom']);
    expect(valueIn(text, 'smsfood_nightly_exit_code')).toBe(1);
    expect(valueIn(text, 'smsfood_nightly_missed_nights')).toBe(0);
    const [start = 0, end = 0] = ['start', 'end'].map((which) =>
      valueIn(text, `smsfood_nightly_${which}_timestamp_seconds`),
    );
    expect(start).toBeGreaterThanOrEqual(before - 1);
    expect(end).toBeGreaterThan(start);
    expect(end).toBeLessThanOrEqual(Date.now() / 1000 + 1);
    const ended = (step: string, status: string) => valueIn(text, 'smsfood_nightly_step_status', { step, status });
    expect([ended('checks', 'findings'), ended('checks', 'done'), ended('reconcile', 'done')]).toEqual([1, 0, 1]);
    expect(valueIn(text, 'smsfood_nightly_step_counted', { step: 'checks', what: 'fail' })).toBe(1);
    const fee = { check: 'orders.platform-fee-missing', level: 'fail' };
    expect(valueIn(text, 'smsfood_check_status', { ...fee, status: 'fail' })).toBe(1);
    expect(valueIn(text, 'smsfood_check_violations', fee)).toBe(1);
    const [order] = await world.rows(
      `SELECT ("totalAmount" * 2 + 50) / 100 AS fee FROM orders WHERE "platformFee" IS NULL AND status = 'DELIVERED'`,
    );
    expect(valueIn(text, 'smsfood_check_at_stake_cents', fee)).toBe(order?.fee);
    const checks = parseMetrics(text).get('smsfood_check_status')?.samples ?? [];
    expect(new Set(checks.map(({ labels }) => labels.check)).size).toBe(checks.length);
    expect(checks.length).toBeGreaterThan(75);
  });

  it('is replaced whole, and says so where the night could not begin', async () => {
    const file = join(temporaryFolder({ 'smsfood.prom': 'old\n' }), 'smsfood.prom');
    const env = { DATABASE_URL: 'postgresql://127.0.0.1:1/x' };
    expect((await world.nightly(['--metrics-file', file], { env })).code).toBe(3);
    const text = readFileSync(file, 'utf8');
    expect([...parseMetrics(text).keys()]).toEqual([
      'smsfood_nightly_start_timestamp_seconds',
      'smsfood_nightly_end_timestamp_seconds',
      'smsfood_nightly_exit_code',
    ]);
    expect(valueIn(text, 'smsfood_nightly_exit_code')).toBe(3);
  });

  it.each([
    ['a folder that is not there', (folder: string) => join(folder, 'missing', 'x.prom'), /there is no folder/],
    ['a folder', (folder: string) => folder, /it is a folder/],
    ['a file for a folder', (folder: string) => join(folder, 'plain', 'x.prom'), /is a file, not a folder/],
  ])('in %s is said, and changes no verdict', async (_title, place, words) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'plain'), '');
    const { code, stdout, stderr } = await world.nightly(['--apply', '--metrics-file', place(folder)]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^warning: Could not write .*\n$/);
    expect(stderr).toMatch(words);
    expect(readdirSync(folder)).toEqual(['plain']);
  });

  it.skipIf(!existsSync('/sys'))('where nobody may write, root neither, is said', async () => {
    const { code, stdout, stderr } = await world.nightly(['--apply', '--metrics-file', '/sys/smsfood.prom']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(
      /^warning: Could not write \/sys\/smsfood\.prom: (?:no permission to write|the file system is read-only)/,
    );
  });
});
