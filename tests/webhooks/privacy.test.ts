import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cloneWithOps, type TestDatabase } from '../harness/database.js';
import { makeFolder, temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';
import {
  inbound,
  SECRETS,
  sendEztexting,
  sendStripe,
  sendTwilio,
  startReceiver,
  statusOf,
  stripeEvent,
  twilioRequest,
} from './receiver.js';

let database: TestDatabase;
const spool = makeFolder();
beforeAll(async () => {
  database = await cloneWithOps();
});
afterAll(async () => {
  await database.drop();
  spool.remove();
});

const ALL_SECRETS = Object.values(SECRETS).flatMap((list) => list.split(','));

it('the log says at no level who wrote what, nor a secret or a signature', async () => {
  const receiver = await startReceiver({
    databaseUrl: database.url,
    spool: spool.path,
    env: { SMSFOOD_LOG_LEVEL: 'debug' },
    argv: ['--workers', '1', '--verbose'],
  });
  const text = inbound('SM1', { Body: 'Zyxtext to you', From: '+14045550177', FromCity: 'Zyxcity' });
  const signature = new Headers(twilioRequest('/webhooks/twilio/sms', text).headers).get('x-twilio-signature') ?? '';
  await sendTwilio(receiver.url, '/webhooks/twilio/sms', text);
  await sendTwilio(receiver.url, '/webhooks/twilio/sms', text, { token: 'wrong' });
  await sendTwilio(receiver.url, '/webhooks/twilio/status', statusOf('SM1', 'delivered', { To: '+14045550177' }));
  await sendEztexting(receiver.url, '/webhooks/eztexting/sms', {
    id: 'ez1',
    Message: 'Zyxtext',
    PhoneNumber: '4045550177',
  });
  await sendEztexting(receiver.url, '/webhooks/eztexting/sms', 'Zyxtext', {});
  const customer = { email: 'zyxmail@example.com', name: 'Zyxname' };
  await sendStripe(
    receiver.url,
    stripeEvent('evt_1', { data: { object: { metadata: customer, receipt_email: customer.email } } }),
  );
  await sendStripe(receiver.url, stripeEvent('evt_2', { data: 'Zyxdata' }), { secret: 'whsec_Zyxsecret' });
  await expect
    .poll(
      async () =>
        (await database.query(`SELECT 1 FROM ops.webhook_inbox WHERE status IN ('pending', 'processing')`)).rows,
      { timeout: 15_000 },
    )
    .toEqual([]);
  const log = await receiver.stop().then(() => receiver.stderr());
  expect(log.split('\n').filter((line) => line.startsWith('{')).length).toBeGreaterThan(5);
  expect(log).not.toMatch(/zyx|4045550177/i);
  for (const secret of [...ALL_SECRETS, signature]) expect(log).not.toContain(secret);
});

it('nor does the record of the run, or doctor, wherever the secrets come from', async () => {
  const { rows } = await database.query<{ text: string }>(
    `SELECT string_agg(r::text, ' ') AS text FROM ops.runs r WHERE command = 'webhooks serve'`,
  );
  expect(rows[0]?.text).toContain('workers');
  const config = {
    stripeWebhookSecret: 'whsec_first,whsec_second',
    stripeApiKey: 'sk_live_zyx',
    twilioAuthToken: 'twiliofirst',
    eztextingWebhookSecret: 'eztextingfirst',
  };
  const cwd = temporaryFolder({ 'smsfood.config.json': JSON.stringify(config) });
  const outputs = [rows[0]?.text ?? ''];
  for (const format of ['table', 'json']) {
    const fromFile = await smsfood(['doctor', '--format', format], { env: { DATABASE_URL: database.url }, cwd });
    const fromEnvironment = await smsfood(['doctor', '--format', format], {
      env: { DATABASE_URL: database.url, ...SECRETS, STRIPE_API_KEY: 'sk_live_zyx' },
    });
    outputs.push(fromFile.stdout + fromFile.stderr, fromEnvironment.stdout + fromEnvironment.stderr);
    expect(fromFile.stdout).toContain('(2 secrets)');
  }
  const broken = temporaryFolder({
    'smsfood.config.json': JSON.stringify({ ...config, twilioAuthToken: ['twiliofirst'] }),
  });
  const invalid = await smsfood(['doctor', '--config', join(broken, 'smsfood.config.json')], {
    env: { DATABASE_URL: database.url },
  });
  expect(invalid.code).toBe(2);
  for (const output of [...outputs, invalid.stderr])
    for (const secret of [...ALL_SECRETS.filter((each) => !each.startsWith('AC')), 'sk_live_zyx'])
      expect(output).not.toContain(secret);
});
