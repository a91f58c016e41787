import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isTimeZone, parseDuration } from '../src/config-schema.js';
import { temporaryFolder } from './harness/folder.js';
import { smsfood } from './harness/run.js';

// Nothing listens there: had anything been sent to a database, the exit code would be 3.
const NOWHERE = 'postgresql://alice:Tr0ub4dor@127.0.0.1:1/nowhere';

const DoctorSchema = z.object({
  configFile: z.string().nullable(),
  settings: z.array(z.object({ key: z.string(), value: z.string(), origin: z.string() })),
});

/** The configuration in force, as `doctor` tells it. */
async function settings(argv: readonly string[], env: Record<string, string>, cwd: string) {
  const { stdout } = await smsfood(['doctor', '--format', 'json', ...argv], { env, cwd });
  const document = DoctorSchema.parse(JSON.parse(stdout));
  return { ...document, of: (key: string) => document.settings.find((setting) => setting.key === key) };
}

describe('the configuration in force', () => {
  it('is flags over environment over file over defaults, and doctor says which', async () => {
    const cwd = temporaryFolder({
      'smsfood.config.json': JSON.stringify({
        databaseUrl: 'postgresql://file@127.0.0.1:1/x',
        timezone: 'Europe/Berlin',
        logLevel: 'info',
      }),
    });
    const nothing = await settings([], { DATABASE_URL: NOWHERE }, temporaryFolder());
    expect(nothing.configFile).toBeNull();
    expect(nothing.of('timezone')).toEqual({ key: 'timezone', value: 'America/New_York', origin: 'default' });

    const file = await settings([], {}, cwd);
    expect(file.configFile).toBe(join(cwd, 'smsfood.config.json'));
    expect(file.of('timezone')).toEqual({ key: 'timezone', value: 'Europe/Berlin', origin: 'file' });
    expect(file.of('databaseUrl')).toEqual({
      key: 'databaseUrl',
      value: 'postgresql://file@127.0.0.1:1/x',
      origin: 'file',
    });

    const environment = await settings(
      [],
      { DATABASE_URL: NOWHERE, SMSFOOD_TIMEZONE: 'Asia/Tokyo', SMSFOOD_LOG_LEVEL: 'error' },
      cwd,
    );
    expect(environment.of('timezone')).toEqual({ key: 'timezone', value: 'Asia/Tokyo', origin: 'SMSFOOD_TIMEZONE' });
    expect(environment.of('databaseUrl')?.origin).toBe('DATABASE_URL');
    expect(environment.of('logLevel')).toEqual({ key: 'logLevel', value: 'error', origin: 'SMSFOOD_LOG_LEVEL' });

    const flag = await settings(['--verbose'], { SMSFOOD_LOG_LEVEL: 'error' }, cwd);
    expect(flag.of('logLevel')).toEqual({ key: 'logLevel', value: 'debug', origin: '--verbose' });
  });

  it('ignores empty variables', async () => {
    const cwd = temporaryFolder({
      'smsfood.config.json': JSON.stringify({ databaseUrl: NOWHERE, timezone: 'Europe/Berlin' }),
    });
    const { of } = await settings([], { DATABASE_URL: '', SMSFOOD_TIMEZONE: '' }, cwd);
    expect(of('timezone')?.origin).toBe('file');
    expect(of('databaseUrl')?.origin).toBe('file');
  });

  it('can lie in another file, named by a relative or absolute path', async () => {
    const cwd = temporaryFolder({
      'deep/other.json': JSON.stringify({ databaseUrl: NOWHERE, timezone: 'Europe/Paris' }),
    });
    for (const path of ['deep/other.json', join(cwd, 'deep', 'other.json')]) {
      const { of, configFile } = await settings(['--config', path], {}, cwd);
      expect(of('timezone')?.value).toBe('Europe/Paris');
      expect(configFile).toBe(join(cwd, 'deep', 'other.json'));
    }
  });

  it('is shown with its secrets masked, in every format', async () => {
    const url = 'postgresql://alice:Tr0ub4dor@127.0.0.1:1/nowhere?sslpassword=Corr3ct&options=x';
    for (const format of ['table', 'json', 'csv', 'markdown']) {
      const { code, stdout, stderr } = await smsfood(['doctor', '--verbose', '--format', format], {
        env: { DATABASE_URL: url, DIRECT_URL: url, REPLICA_URL: url },
      });
      expect(code).toBe(3);
      expect(stdout + stderr).not.toMatch(/Tr0ub4dor|Corr3ct/);
      if (format !== 'csv') expect(stdout.replaceAll('\\', '')).toContain('postgresql://alice:***@127.0.0.1:1/');
    }
  });
});

describe('a configuration that is not right is refused before anything is sent', () => {
  const file = 'smsfood.config.json';
  it.each([
    [
      'an unknown key',
      '{"timezome": "UTC"}',
      /Unknown configuration key "timezome" in .*smsfood\.config\.json/,
      'Did you mean "timezone"?',
    ],
    [
      'an unknown nested key',
      '{"database": {"conectTimeout": "1s"}}',
      /Unknown configuration key "database\.conectTimeout"/,
      'Did you mean "connectTimeout"?',
    ],
    [
      'an unknown key of a check',
      '{"checks": {"overrides": {"orders.stale-pending": {"levle": "warn"}}}}',
      /"checks\.overrides\.orders\.stale-pending\.levle"/,
      'Did you mean "level"?',
    ],
    [
      'an unknown check',
      '{"checks": {"overrides": {"orders.stale-pendin": {}}}}',
      /"orders\.stale-pendin"/,
      'Did you mean "orders.stale-pending"?',
    ],
    ['a name of the prototype', '{"__proto__x": 1}', /Unknown configuration key "__proto__x"/, 'Valid: '],
    ['a number for a text', '{"timezone": 5}', /Configuration key "timezone" in .*: .*expected string/, ''],
    ['a text for a number', '{"checks": {"jobs": "2"}}', /Configuration key "checks\.jobs" in .*expected number/, ''],
    ['too many jobs', '{"checks": {"jobs": 17}}', /"checks\.jobs" in .*<=16/, ''],
    ['a list for an object', '{"database": []}', /"database" in .*expected object/, ''],
    ['a status that there is not', '{"soldStatuses": ["PAYED"]}', /"soldStatuses\.0" in .*"PAID"/, ''],
    ['no status', '{"soldStatuses": []}', /"soldStatuses" in /, ''],
    ['a zone that there is not', '{"timezone": "America/New_Yrok"}', /"timezone" in .*is no IANA time zone/, ''],
    ['an offset for a zone', '{"timezone": "+05:30"}', /"timezone" in .*is no IANA time zone/, ''],
    [
      'a duration without unit',
      '{"database": {"statementTimeout": "30"}}',
      /"database\.statementTimeout" in .*"30" is no duration/,
      '',
    ],
    [
      'a duration of nothing',
      '{"database": {"lockTimeout": "0s"}}',
      /"database\.lockTimeout" in .*"0s" is no duration/,
      '',
    ],
    [
      'a duration that PostgreSQL cannot count',
      '{"database": {"statementTimeout": "25d"}}',
      /"database\.statementTimeout" in .*"25d" is no duration/,
      '',
    ],
    ['too little memory', '{"database": {"workMem": "63kB"}}', /"database\.workMem" in .*is no amount of memory/, ''],
    ['too much memory', '{"database": {"workMem": "2048GB"}}', /"database\.workMem" in .*is no amount of memory/, ''],
    ['an amount of memory without unit', '{"database": {"workMem": "64"}}', /"database\.workMem" in .*64MB/, ''],
    ['a trailing comma', '{\n"timezone": "UTC",\n}', /is not valid JSON: .*line 3/, 'trailing commas'],
    ['an empty file', '', /is not valid JSON/, ''],
    ['a list', '[]', /must hold a JSON object/, ''],
    ['null', 'null', /must hold a JSON object/, ''],
  ])('%s', async (_name, content, sentence, advice) => {
    const cwd = temporaryFolder({ [file]: content });
    for (const command of [['check'], ['doctor'], ['db', 'install'], ['check', 'list']]) {
      const { code, stdout, stderr } = await smsfood(command, { cwd, env: { DATABASE_URL: NOWHERE } });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^error: .* \[CONFIG_INVALID\]\n/);
      expect(stderr).toMatch(sentence);
      expect(stderr).toContain(advice);
      if (advice === 'Did you mean "orders.stale-pending"?') break; // only commands that read checks know their names
    }
  });

  it.each([
    ['SMSFOOD_TIMEZONE', 'Mars/Olympus', /"timezone" in SMSFOOD_TIMEZONE: is no IANA time zone/],
    ['SMSFOOD_LOG_LEVEL', 'loud', /"logLevel" in SMSFOOD_LOG_LEVEL/],
  ])('%s=%s', async (name, value, sentence) => {
    const { code, stdout, stderr } = await smsfood(['check'], { env: { DATABASE_URL: NOWHERE, [name]: value } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(sentence);
  });

  it('a file named with --config that is not there, is a folder, or lies elsewhere', async () => {
    const cwd = temporaryFolder({ 'folder/x': '' });
    for (const path of ['missing.json', 'folder']) {
      const { code, stdout, stderr } = await smsfood(['check', '--config', path], {
        cwd,
        env: { DATABASE_URL: NOWHERE },
      });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(`The configuration file ${join(cwd, path)} cannot be read. [CONFIG_INVALID]`);
    }
  });

  it('malformed JSON whose message would quote a password', async () => {
    for (const content of [
      '{"databaseUrl": hunter2}',
      '{"databaseUrl": "postgresql://a:hunter2"b"}',
      "{'databaseUrl': 'hunter2'}",
      'hunter2',
    ]) {
      const { code, stderr } = await smsfood(['check'], { cwd: temporaryFolder({ [file]: content }) });
      expect(code).toBe(2);
      expect(stderr).toContain('is not valid JSON');
      expect(stderr).not.toContain('hunter2');
    }
  });
});

describe('without a database', () => {
  it.each([
    [['check']],
    [['scorecard']],
    [['doctor']],
    [['db', 'install']],
    [['db', 'status']],
    [['db', 'uninstall', '--apply']],
    [['check', 'history']],
    [['check', 'explain']],
  ])('%j says so with both ways forward, and starts no sandbox', async (argv) => {
    const data = temporaryFolder();
    const { code, stderr } = await smsfood(argv, { env: { SMSFOOD_DATA_DIR: data }, cwd: temporaryFolder() });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: No database is configured\. \[NO_DATABASE\]\n/);
    expect(stderr).toContain('DATABASE_URL');
    expect(stderr).toContain('--sandbox');
  });

  it.each([[['check', 'list']], [['check', 'show', 'orders.stale-pending']], [['--help']], [['help', 'exit-codes']]])(
    '%j works',
    async (argv) => {
      expect(await smsfood(argv)).toMatchObject({ code: 0, stderr: '' });
    },
  );
});

it('a duration is a number and a unit', () => {
  const texts = [
    '500ms',
    '30s',
    '5m',
    '5min',
    '2h',
    '1d',
    '1.5s',
    ' 7 s ',
    '',
    '5',
    's',
    '-1s',
    '1e3s',
    '5 years',
    '0x10s',
    '24d',
    '25d',
  ];
  expect(texts.map(parseDuration)).toEqual([
    500,
    30_000,
    300_000,
    300_000,
    7_200_000,
    86_400_000,
    1500,
    7000,
    ...Array(7).fill(undefined),
    2_073_600_000,
    undefined,
  ]);
});

it('a time zone is one that PostgreSQL reads the same way', () => {
  expect(['America/New_York', 'UTC', 'Europe/Berlin'].map(isTimeZone)).toEqual([true, true, true]);
  expect(['', 'Mars/Olympus', '+05:30', '-03:00'].map(isTimeZone)).toEqual([false, false, false, false]);
});
