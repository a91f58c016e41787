import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';

const DocumentSchema = z.object({
  schema: z.literal('smsfood.config/1'),
  configFile: z.string().nullable(),
  settings: z.array(z.object({ key: z.string(), value: z.string().nullable(), origin: z.string().optional() })),
});

async function shown(argv: readonly string[], env: Record<string, string>, cwd: string) {
  const { code, stdout, stderr } = await smsfood(['config', 'show', '--format', 'json', ...argv], { env, cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { configFile, settings } = DocumentSchema.parse(JSON.parse(stdout));
  return { stdout, configFile, settings, of: (key: string) => settings.find((setting) => setting.key === key) };
}

describe('smsfood config show', () => {
  it('says of every key what is in force, and where it comes from: flag, variable, file, default', async () => {
    const cwd = temporaryFolder({
      'smsfood.config.json': JSON.stringify({
        timezone: 'Europe/Berlin',
        database: { lockTimeout: '90s' },
        checks: { jobs: 2 }, // the same as the default, but written
        logLevel: 'info',
      }),
    });
    const { configFile, of } = await shown(['--origin', '--verbose'], { SMSFOOD_TIMEZONE: 'Asia/Tokyo' }, cwd);
    expect(configFile).toBe(join(cwd, 'smsfood.config.json'));
    expect(of('timezone')).toEqual({ key: 'timezone', value: 'Asia/Tokyo', origin: 'SMSFOOD_TIMEZONE' });
    expect(of('database.lockTimeout')).toEqual({ key: 'database.lockTimeout', value: '90s', origin: 'file' });
    expect(of('database.statementTimeout')?.origin).toBe('default');
    expect(of('database.statementTimeout')?.value).toBe('2m');
    expect(of('checks.jobs')).toEqual({ key: 'checks.jobs', value: '2', origin: 'file' });
    expect(of('checks.samples')).toEqual({ key: 'checks.samples', value: '5', origin: 'default' });
    expect(of('logLevel')).toEqual({ key: 'logLevel', value: 'debug', origin: '--verbose' });
    expect(of('replicaUrl')).toEqual({ key: 'replicaUrl', value: null, origin: 'default' });
  });

  it('says less without --origin', async () => {
    const { settings } = await shown([], {}, temporaryFolder());
    expect(settings.length).toBeGreaterThan(25);
    expect(settings.filter(({ origin }) => origin !== undefined)).toEqual([]);
  });

  it('shows no secret, in any format', async () => {
    const env = {
      DATABASE_URL: 'postgresql://reader:Tr0ub4dor@db.example.com/shop',
      DIRECT_URL: 'postgresql://db.example.com/shop?user=a&password=Tr0ub4dor',
      STRIPE_WEBHOOK_SECRET: 'whsec_Tr0ub4dor',
      STRIPE_API_KEY: 'Tr0ub4dor',
      TWILIO_AUTH_TOKEN: 'Tr0ub4dor,Tr0ub4dor2',
      EZTEXTING_WEBHOOK_SECRET: 'Tr0ub4dor',
      SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T/B/Tr0ub4dor',
      SMSFOOD_PING_URL: 'https://hc-ping.com/Tr0ub4dor',
    };
    for (const format of ['table', 'json', 'csv', 'markdown']) {
      const { code, stdout } = await smsfood(['config', 'show', '--origin', '--format', format], { env });
      expect(code).toBe(0);
      expect(stdout).toContain('db.example.com');
      const unescaped = stdout.replaceAll('\\', '');
      for (const variable of Object.keys(env)) expect(unescaped).toContain(variable);
      expect(stdout).not.toContain('Tr0ub4dor');
    }
    expect((await shown([], env, temporaryFolder())).of('twilioAuthToken')?.value).toBe('(2 secrets)');
  });

  it('refuses what is not valid, with the place', async () => {
    const cwd = temporaryFolder({ 'smsfood.config.json': '{"checks": {"job": 2}}' });
    const { code, stdout, stderr } = await smsfood(['config', 'show'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/"checks\.job" in .*smsfood\.config\.json.*\[CONFIG_INVALID\]\n.*Did you mean "jobs"\?/);
    const missing = await smsfood(['config', 'show', '--config', 'nowhere.json'], { cwd });
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain('nowhere.json');
  });
});
