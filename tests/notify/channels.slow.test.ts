import { describe, expect, it } from 'vitest';
import { sendPing } from '../../src/notify/ping.js';
import { sendSlack } from '../../src/notify/slack.js';
import { temporaryFolder } from '../harness/folder.js';
import { type Answer, CLOSE, HANG, listen, unusedUrl } from '../harness/http-server.js';
import { smsfood } from '../harness/run.js';

const SECRET = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';

const test = (args: readonly string[], env: Record<string, string> = {}) =>
  smsfood(['notify', 'test', ...args], { env });

async function testSlack(...answers: Answer[]) {
  const { url, received } = await listen(...answers);
  const outcome = await test(['--slack'], { SLACK_WEBHOOK_URL: `${url}${SECRET}` });
  expect(outcome.stdout + outcome.stderr).not.toMatch(/T00000000|XXXX/);
  return { ...outcome, received };
}

async function testPing(...answers: Answer[]) {
  const { url, received } = await listen(...answers);
  const outcome = await test(['--ping', `${url}/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278`]);
  expect(outcome.stdout + outcome.stderr).not.toContain('5bf66975');
  return { ...outcome, received };
}

describe('notify test --slack', () => {
  it('says that the message arrived', async () => {
    const { code, stdout, stderr, received } = await testSlack({ status: 200, body: 'ok' });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'Slack took the message.\n', stderr: '' });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ method: 'POST', path: SECRET });
    expect(received[0]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ text: 'smsfood: this is a test' });
  });

  const REFUSALS: [string, Answer, RegExp, number][] = [
    ['404 no_service', { status: 404, body: 'no_service' }, /answered 404 no_service, .* removed or switched off/, 1],
    ['410 channel_is_archived', { status: 410, body: 'channel_is_archived' }, /its channel is archived/, 1],
    ['400 invalid_blocks', { status: 400, body: 'invalid_blocks' }, /it answered 400 invalid_blocks\. $/, 1],
    ['words of its own', { status: 403, body: '<h1>Ada +14045551234</h1>' }, /it answered 403\. $/, 1],
    ['too many messages', { status: 429, body: 'rate_limited' }, /too many messages \(429\)/, 1],
    ['a page that wants a log-in', { status: 200, body: '<html>' }, /answered 200, but not as Slack does/, 1],
    ['another address', { status: 302, headers: { location: 'https://example.com/' } }, /redirects to another/, 3],
    ['trouble of its own, three times', { status: 500, body: 'x' }, /it answered 500/, 3],
    ['nothing, and closes the connection', CLOSE, /closed before an answer came/, 3],
  ];

  it('says what went wrong, and tries again only what may pass', async () => {
    const outcomes = await Promise.all(REFUSALS.map(([, answer]) => testSlack(answer)));
    for (const [index, [title, , words, times]] of REFUSALS.entries()) {
      const { code, stdout, stderr, received } = outcomes[index] ?? (await testSlack());
      expect({ title, code, stderr, times: received.length }).toEqual({ title, code: 3, stderr: '', times });
      expect(stdout).toMatch(/^Slack did not take the message: /);
      expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(words);
      expect(stdout).not.toMatch(/Ada|4045551234/);
    }
  });

  it('tries again where trouble passes', async () => {
    const { code, received } = await testSlack({ status: 503 }, CLOSE, { status: 200, body: 'ok' });
    expect(code).toBe(0);
    expect(received).toHaveLength(3);
  });

  it('is refused where no webhook is configured', async () => {
    const { code, stdout, stderr } = await test(['--slack'], { SMSFOOD_PING_URL: 'http://127.0.0.1:9/x' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/No Slack webhook is configured.*\[CONFIG_INVALID\]\n.*SLACK_WEBHOOK_URL/);
  });
});

describe('notify test --ping', () => {
  it('notes a line that changes no state, and says that it arrived', async () => {
    const { code, stdout, stderr, received } = await testPing({ status: 200, body: 'OK' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^127\.0\.0\.1:\d+ was told \(log\)\.\n$/);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({ method: 'POST', path: '/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278/log' });
    expect(received[0]?.query.get('rid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(received[0]?.body).toMatch(/^A test from /);
  });

  const REFUSALS: [string, Answer, RegExp, number][] = [
    ['404', { status: 404, body: 'not found' }, /it knows no such check \(404\)/, 1],
    ['200 and that it knows none', { status: 200, body: 'OK (not found)' }, /it knows no such check/, 1],
    ['200 and that it did not listen', { status: 200, body: 'OK (rate limited)' }, /told too often/, 1],
    ['409', { status: 409 }, /several checks have that name/, 1],
    ['400', { status: 400 }, /it answered 400/, 1],
    ['500, three times', { status: 500 }, /it answered 500/, 3],
    ['another address', { status: 301, headers: { location: 'https://example.com/' } }, /redirects to another/, 3],
    ['nothing, and closes the connection', CLOSE, /closed before an answer came/, 3],
  ];

  it('says what went wrong, and tries again only what may pass', async () => {
    const outcomes = await Promise.all(REFUSALS.map(([, answer]) => testPing(answer)));
    for (const [index, [title, , words, times]] of REFUSALS.entries()) {
      const { code, stdout, stderr, received } = outcomes[index] ?? (await testPing());
      expect({ title, code, stderr, times: received.length }).toEqual({ title, code: 3, stderr: '', times });
      expect(stdout).toMatch(/^127\.0\.0\.1:\d+ was not told \(log\): /);
      expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(words);
      expect(stdout).not.toMatch(/Ada|4045551234/);
    }
  });

  it('reads no more of an answer than it needs', async () => {
    const { code } = await testPing((response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    expect(code).toBe(0);
  });
});

describe('notify test', () => {
  it('tests everything that is configured, by file or environment', async () => {
    const { url, received } = await listen({ status: 200, body: 'ok' });
    const cwd = temporaryFolder({ 'smsfood.config.json': JSON.stringify({ pingUrl: `${url}/from-file` }) });
    const outcome = await smsfood(['notify', 'test', '--format', 'json'], {
      env: { SLACK_WEBHOOK_URL: `${url}/slack` },
      cwd,
    });
    expect(outcome.code).toBe(0);
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      schema: 'smsfood.notify-test/1',
      channels: [
        { channel: 'slack', delivered: true },
        { channel: 'ping', delivered: true },
      ],
      exitCode: 0,
    });
    expect(received.map(({ path }) => path).sort()).toEqual(['/from-file/log', '/slack']);
  });

  it('says of each whether it arrived, also where nothing answers', async () => {
    const { url } = await listen({ status: 200, body: 'ok' });
    const nowhere = await unusedUrl();
    const [one, other] = await Promise.all([
      test(['--slack', '--ping', nowhere], { SLACK_WEBHOOK_URL: url }),
      test(['--slack', '--ping', url], { SLACK_WEBHOOK_URL: nowhere }),
    ]);
    expect([one.code, other.code]).toEqual([3, 3]);
    const host = (address: string) => new URL(address).host;
    expect(one.stdout.split('\n')).toEqual([
      'Slack took the message.',
      `${host(nowhere)} was not told (log): nothing answers there: connection refused.`,
      '',
    ]);
    expect(other.stdout.split('\n')).toEqual([
      'Slack did not take the message: nothing answers there: connection refused.',
      `${host(url)} was told (log).`,
      '',
    ]);
  });

  it.each([
    [
      'nothing at all',
      [],
      {},
      /No channel is configured.*\[NOTHING_SELECTED\]\n.*SLACK_WEBHOOK_URL or SMSFOOD_PING_URL/,
    ],
    ['a ping without TLS', ['--ping', 'http://hc.example.com/secret-id'], {}, /--ping must begin with https:/],
    ['a ping that is no URL', ['--ping', 'secret-id'], {}, /--ping is not a valid URL/],
    [
      'a webhook without TLS',
      [],
      { SLACK_WEBHOOK_URL: 'http://hooks.slack.com/secret-id' },
      /SLACK_WEBHOOK_URL must begin/,
    ],
    ['a webhook that is no URL', [], { SLACK_WEBHOOK_URL: 'secret-id' }, /SLACK_WEBHOOK_URL is not a valid URL/],
    ['a file in place of an address', ['--ping', 'file:///etc/secret-id'], {}, /--ping must begin with https:/],
  ] as [string, string[], Record<string, string>, RegExp][])('refuses %s', async (_title, args, env, words) => {
    const { code, stdout, stderr } = await test(args, env);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
    expect(stderr).not.toContain('secret-id');
  });

  it('keeps the addresses out of what doctor shows', async () => {
    const cwd = temporaryFolder({
      'smsfood.config.json': JSON.stringify({
        pingUrl: 'https://hc-ping.com/secret-id',
        databaseUrl: 'postgresql://127.0.0.1:1/x',
      }),
    });
    for (const format of ['table', 'json', 'csv', 'markdown']) {
      const env = { SLACK_WEBHOOK_URL: `https://hooks.slack.com${SECRET}` };
      const { stdout, stderr } = await smsfood(['doctor', '--verbose', '--format', format], { env, cwd });
      expect(stdout + stderr).not.toMatch(/secret-id|T00000000|XXXX/);
      if (format !== 'csv') expect(stdout.replaceAll('\\', '')).toContain('https://hooks.slack.com/***');
    }
  });
});

describe('a channel that hangs', () => {
  const patience = { timeoutMs: 150, retries: 1 };

  it('is given up in time', async () => {
    const { url, received } = await listen(HANG);
    const [slack, ping] = await Promise.all([
      sendSlack(new URL(url), { title: 'x', sections: [] }, patience),
      sendPing(new URL(url), { signal: 1, runId: 'x', body: '' }, patience),
    ]);
    expect(slack).toMatchObject({ delivered: false, message: expect.stringContaining('no answer within 0.15 s') });
    expect(ping).toMatchObject({ delivered: false, message: expect.stringContaining('no answer within 0.15 s') });
    expect(received).toHaveLength(4);
  });

  it('half way through its answer too', async () => {
    const { url } = await listen((response) => {
      response.writeHead(200);
      response.write('o');
    });
    const slack = await sendSlack(new URL(url), { title: 'x', sections: [] }, patience);
    const ping = await sendPing(new URL(url), { signal: 'start', runId: 'x', body: '' }, patience);
    expect([slack.delivered, ping.delivered]).toEqual([false, false]);
  });

  it('is not waited for once the program is told to stop', async () => {
    const { url, received } = await listen(HANG);
    const controller = new AbortController();
    const env = { SLACK_WEBHOOK_URL: url, SMSFOOD_PING_URL: url };
    const running = smsfood(['notify', 'test'], { env, signal: controller.signal });
    await expect.poll(() => received.length, { timeout: 10_000 }).toBe(2);
    const { SmsfoodError } = await import('../../src/errors.js');
    controller.abort(new SmsfoodError('INTERRUPTED', 'Interrupted.'));
    expect(await running).toMatchObject({ code: 130, stdout: '' });
    expect(received).toHaveLength(2);
  });
});
