import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/index.js';
import { DATASETS } from '../../src/exports/datasets/index.js';
import { KPI_REPORTS } from '../../src/kpi/index.js';
import { packageRoot } from '../../src/package-root.js';
import { commandTree } from '../../src/program.js';
import { checkFile, temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';

async function offered(words: readonly string[], cwd?: string) {
  const { code, stdout, stderr } = await smsfood(['__complete', ...words], cwd === undefined ? {} : { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  return { values: lines.slice(0, -1).map((line) => line.split('\t')[0]), others: lines.at(-1) };
}

it('knows the command line as it is today', async () => {
  const written = readFileSync(join(packageRoot(), 'dist', 'commands.json'), 'utf8');
  expect(JSON.parse(written), 'run `npm run build`').toEqual(await commandTree());
});

describe('what is offered', () => {
  it('is every check by id, and every domain', async () => {
    const { stdout } = await smsfood(['check', 'list', '--format', 'json']);
    const checks: { id: string; owner: string }[] = JSON.parse(stdout).checks;
    const ids = checks.map(({ id }) => id);
    const domains = [...new Set(ids.map((id) => id.split('.')[0]))];
    expect(ids.length).toBeGreaterThan(80);
    expect((await offered(['check', 'show', ''])).values).toEqual(ids);
    expect((await offered(['check', 'list', ''])).values).toEqual([...domains, ...ids]);
    expect((await offered(['check', '--owner', ''])).values).toEqual(
      [...new Set(checks.map(({ owner }) => owner))].sort(),
    );
  });

  it('is every command, where nothing is typed yet', async () => {
    const names = [...COMMANDS.map(({ name }) => name), 'help'];
    expect((await offered([])).values).toEqual(names);
    expect((await offered([''])).values).toEqual(names);
  });

  it('is every report of kpi and every export', async () => {
    expect((await offered(['kpi', ''])).values).toEqual(KPI_REPORTS.map(({ id }) => id));
    expect((await offered(['export', 'schema', ''])).values).toEqual(Object.keys(DATASETS));
    expect((await offered(['export', ''])).values).toEqual(expect.arrayContaining(Object.keys(DATASETS)));
  });

  it('is also the checks of your own folders, by option and by configuration', async () => {
    const cwd = temporaryFolder({
      'mine/tips/negative.sql': checkFile('SELECT 1 AS id', '--! params:\n--!   least: {integer: 0}\n'),
    });
    expect((await offered(['check', 'tips'], cwd)).values).toEqual([]);
    expect((await offered(['check', '--checks', 'mine', 'tips'], cwd)).values).toEqual(['tips', 'tips.negative']);
    expect((await offered(['check', '--checks=nowhere', 'tips'], cwd)).values).toEqual([]);
    writeFileSync(join(cwd, 'smsfood.config.json'), JSON.stringify({ checks: { directories: ['mine'] } }));
    expect((await offered(['check', 'show', 'tips'], cwd)).values).toEqual(['tips.negative']);
    expect((await offered(['check', '--param', 'tips'], cwd)).values).toEqual(['tips.negative.least=']);
    writeFileSync(join(cwd, 'other.json'), '{}');
    expect((await offered(['check', '--config=other.json', 'tips'], cwd)).values).toEqual([]);
    expect((await offered(['check', '--config', 'smsfood.config.json', 'tips'], cwd)).values).toHaveLength(2);
    writeFileSync(join(cwd, 'smsfood.config.json'), '{ this is no JSON');
    expect((await offered(['check', 'tips'], cwd)).values).toEqual([]);
  });

  it.each<[string[], string[]]>([
    [['chec'], ['check']],
    [['check', 'hi'], ['history']],
    [
      ['check', '--fail-on', ''],
      ['fail', 'warn', 'never'],
    ],
    [['check', '--fail-on=n'], ['--fail-on=never']],
    [['check', '-f', 'js'], ['json']],
    [['check', '--sandbox', '--jso'], []],
    [['check', 'list', '--dimension', 'va'], ['validity']],
    [['check', '--reason', 'show', 'sh'], ['show']], // the value of an option is no command
    [['check', 'orders', 'sho'], []], // nor is a second argument
    [['check', '--', '--fa'], []],
    [['kpi', '--watch', '5', 'over'], ['overview']],
    [
      ['nightly', '--only', 'rec'],
      ['recycle', 'reconcile'],
    ],
    [['webhooks', 'list', '--status', 'de'], ['dead']],
    [['webhooks', 'simulate', 'tw'], ['twilio']],
    [
      ['runs', 'list', '--command', 'webhooks s'],
      ['webhooks serve', 'webhooks show', 'webhooks simulate', 'webhooks stats'],
    ],
    [['help', 'exit'], ['exit-codes']],
    [['help', 'db', 'ad'], ['advise']],
    [['help', 'nonsense', ''], []],
    [['nonsense', ''], []],
  ])('behind %j is %j', async (words, expected) => {
    expect((await offered(words)).values).toEqual(expected);
  });

  it.each([
    [['check', '--output', ''], ':files'],
    [['check', '--output=x'], ':files'],
    [['check', '--checks', 'x'], ':folders'],
    [['export', 'verify', ''], ':files'],
    [['export', 'orders', '--output', 'x'], ':files'],
    [['undo', ''], ':none'],
    [['check', '--format', ''], ':none'],
  ] as const)('behind %j is left to the shell: %s', async (words, others) => {
    expect((await offered(words)).others).toBe(others);
  });
});

describe('smsfood completion', () => {
  it('prints the script of a shell, and names those that there are', async () => {
    const { code, stdout } = await smsfood(['completion', 'zsh']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^#compdef smsfood\n/);
    const other = await smsfood(['completion', 'fihs']);
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/There is no completion for "fihs"\. \[USAGE\]\n.*Did you mean "fish"/);
    expect((await smsfood(['completion', 'constructor'])).stderr).toContain('[USAGE]');
    expect((await smsfood(['completion'])).code).toBe(2);
  });
});
