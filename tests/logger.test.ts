import { describe, expect, it } from 'vitest';
import { createLogger, type LoggerOptions } from '../src/logger.js';
import { smsfood } from './harness/run.js';

const SECRETS = /404-?555|ada@example|Hunter2|Ada Lovelace|ring twice/;

function open(options: Partial<LoggerOptions> = {}) {
  let written = '';
  const stream = {
    write(text: string) {
      written += text;
    },
  };
  const bindings = { runId: '00000000-0000-4000-8000-000000000000', command: 'check' };
  const log = createLogger({ level: 'debug', stream, pretty: false, color: false, bindings, ...options });
  return {
    log,
    text: () => written,
    lines: () =>
      written
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

describe('the log', () => {
  it('is one JSON object a line, with run and command on each', () => {
    const { log, lines } = open();
    log.info('first');
    log.warn({ rows: 3 }, 'found %d of %s', 3, 'many');
    expect(lines()).toEqual([
      expect.objectContaining({
        level: 'info',
        msg: 'first',
        command: 'check',
        runId: '00000000-0000-4000-8000-000000000000',
      }),
      expect.objectContaining({ level: 'warn', msg: 'found 3 of many', rows: 3 }),
    ]);
    expect(new Date(lines()[0].time).getTime()).toBeGreaterThan(Date.now() - 60_000);
  });

  it('holds no personal data and no secret, wherever they are put', () => {
    const { log, text, lines } = open();
    const record = {
      phoneNumber: '+14045551234',
      nested: { email: 'ada@example.com', list: ['+1 404-555-1234'] },
      url: 'postgresql://a:Hunter2@h/x',
    };
    const error = Object.assign(new Error('no such number: +14045551234'), {
      detail: 'Key (name)=(Ada Lovelace)',
      notes: 'ring twice',
    });
    log.info('call +14045551234 or ada@example.com');
    log.info(record, 'for ada@example.com');
    log.info('to %s by %s', '+14045551234', 'ada@example.com');
    log.info('with %o and %j', record, record);
    log.error(error);
    log.error(error, 'failed for %s', 'ada@example.com');
    log.error({ err: error });
    log.error({ err: error, cause: { error } }, 'failed');
    log.child({ customerName: 'Ada Lovelace', phone: '+14045551234', where: 'ada@example.com' }).info('child');
    expect(lines()).toHaveLength(9);
    expect(text()).not.toMatch(SECRETS);
    expect(text()).toContain('no such number');
  });

  it('can be read on a terminal, redacted just the same', () => {
    const plain = open({ pretty: true });
    plain.log.warn({ rows: 3 }, 'call +14045551234');
    expect(plain.text()).toMatch(/WARN.*: call \+•••\n {4}rows: 3\n/);
    expect(plain.text()).not.toContain('\u001b');
    const colored = open({ pretty: true, color: true });
    colored.log.warn('hot');
    expect(colored.text()).toContain('\u001b[');
  });

  it('says nothing below its level', () => {
    const { log, text } = open({ level: 'error' });
    log.warn('quiet');
    expect(text()).toBe('');
    const silent = open({ level: 'silent' });
    silent.log.error('quiet');
    expect(silent.text()).toBe('');
  });
});

describe('a command that logs', () => {
  const env = { DATABASE_URL: 'postgresql://alice:Hunter2@127.0.0.1:1/nowhere' };

  it('does so on standard error, as JSON lines into a pipe', async () => {
    const { stdout, stderr } = await smsfood(['check', '--verbose'], { env });
    expect(stdout).toBe('');
    const lines = stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      expect.objectContaining({ level: 'debug', command: 'check', runId: expect.stringMatching(/^[0-9a-f-]{36}$/) }),
    ]);
    expect(stderr).not.toContain('Hunter2');
  });

  it('readably on a terminal, and not at all without being asked or when told to be quiet', async () => {
    const terminal = await smsfood(['check', '--verbose'], { env, terminal: true });
    expect(terminal.stderr).toMatch(/DEBUG/);
    expect(terminal.stderr).not.toMatch(/^\{/m);
    const silent = await smsfood(['check', '--verbose', '--quiet'], { env });
    expect(silent.stderr).not.toMatch(/^\{/m);
    const usual = await smsfood(['check'], { env });
    expect(usual.stderr).toMatch(/^error: .*\n {2}.*\n$/);
  });
});
