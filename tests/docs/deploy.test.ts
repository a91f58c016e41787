import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { nightGauges } from '../../src/nightly/metrics.js';
import { packageRoot } from '../../src/package-root.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';

const FOLDER = join(packageRoot(), 'docs', 'deploy');
const UNITS = ['smsfood-nightly.service', 'smsfood-nightly.timer'].map((name) => join(FOLDER, name));
const has = (program: string) => spawnSync(program, ['--version']).status === 0;
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

describe('the systemd units', () => {
  it.skipIf(!has('systemd-analyze'))('are what systemd takes, without a warning', () => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', ...UNITS], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it.skipIf(!has('systemd-analyze'))('that receives webhooks as well, where the program is', () => {
    // The unit names the program's place by npm's prefix of Debian; this machine need not have it there.
    const unit = read('smsfood-webhooks.service').replace('/usr/bin/smsfood', '/usr/bin/env smsfood');
    const folder = temporaryFolder({ 'smsfood-webhooks.service': unit });
    const { status, stdout, stderr } = spawnSync(
      'systemd-analyze',
      ['verify', join(folder, 'smsfood-webhooks.service')],
      {
        encoding: 'utf8',
      },
    );
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('call the program as it can be called', async () => {
    const line = /^ExecStart=\/usr\/bin\/env smsfood (.*)$/m.exec(read('smsfood-nightly.service'))?.[1] ?? '';
    expect(line).toContain('--apply');
    // Nothing is configured: that is all that keeps it from working.
    const { code, stderr } = await smsfood(line.split(' '), {
      env: { SLACK_WEBHOOK_URL: 'https://hooks.slack.com/x' },
    });
    expect(code).toBe(2);
    expect(stderr).toContain('[NO_DATABASE]');
  });
});

describe('the alerts for Prometheus', () => {
  const RulesSchema = z.object({
    groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
  });
  const rules = RulesSchema.parse(parse(read('smsfood-alerts.yml'))).groups.flatMap((group) => group.rules);

  it('ask for metrics that are there', () => {
    const run = { exitCode: 0, startedAt: 0, endedAt: 0 };
    const names = nightGauges(null, run).map(({ name }) => name);
    const asked = rules.flatMap(({ expr }) => expr.match(/smsfood_\w+/g) ?? []);
    expect(rules.length).toBeGreaterThanOrEqual(5);
    expect(asked.length).toBeGreaterThanOrEqual(rules.length);
    expect(names).toEqual(expect.arrayContaining(asked));
  });

  it.skipIf(!has('promtool'))('are what promtool takes', () => {
    const { status, stderr } = spawnSync('promtool', ['check', 'rules', join(FOLDER, 'smsfood-alerts.yml')], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

it('the page for the owner of the night names every metric and every field of the JSON form', () => {
  const page = readFileSync(join(packageRoot(), 'docs', 'nightly.md'), 'utf8');
  const names = nightGauges(null, { exitCode: 0, startedAt: 0, endedAt: 0 }).map(({ name }) => name);
  for (const name of [...names, 'smsfood_nightly_missed_nights']) expect(page).toContain(name);
  for (const field of ['run', 'mode', 'past', 'steps[]', 'findings[]', 'notifications[]', 'notes[]', 'exitCode'])
    expect(page).toContain(`| \`${field}\` |`);
});
