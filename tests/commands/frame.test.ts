import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/index.js';
import { ERROR_CODES } from '../../src/errors.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';

const ROOT = join(import.meta.dirname, '..', '..');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const everyCommand = await commandPaths([]);

/** All commands and subcommands, as the help pages themselves list them. */
async function commandPaths(path: readonly string[]): Promise<string[][]> {
  const { stdout } = await smsfood([...path, '--help']);
  const listed = stdout.split(/^Commands:$/m)[1] ?? '';
  const names = [...listed.matchAll(/^ {2}([a-z][a-z-]*)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
  const below = await Promise.all(names.map((name) => commandPaths([...path, name])));
  return [...names.map((name) => [...path, name]), ...below.flat()];
}

describe('help', () => {
  it('lists every command', () => {
    const top = everyCommand.filter((path) => path.length === 1).map(([name]) => name);
    expect(top).toEqual(COMMANDS.map(({ name }) => name));
    expect(everyCommand.map((path) => path.join(' '))).toEqual(
      expect.arrayContaining([
        'check explain',
        'check history',
        'check list',
        'check new',
        'check show',
        'db install',
        'db status',
        'db uninstall',
        'sandbox reset',
        'sandbox seed',
        'sandbox start',
        'sandbox status',
        'sandbox stop',
      ]),
    );
  });

  it.each([[[]], [['--help']], [['-h']], [['help']]])('of the program for %j, on standard output', async (argv) => {
    const { code, stdout, stderr } = await smsfood(argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: smsfood/);
    expect(stdout).toContain('smsfood demo');
  });

  it.each(everyCommand.map((path) => [path.join(' '), path] as const))('of %s', async (name, path) => {
    const [flag, command] = await Promise.all([smsfood([...path, '--help']), smsfood(['help', ...path])]);
    expect(command).toEqual(flag);
    const { code, stdout, stderr } = flag;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: smsfood ${name}( |\n)`));
    const isGroup = everyCommand.some(
      (other) => other.length > path.length && path.every((word, at) => other[at] === word),
    );
    const isOnlyGroup = isGroup && name !== 'check';
    if (isOnlyGroup) return;
    // At least one line that can be pasted, of this very command.
    expect(stdout).toMatch(new RegExp(`\\$ .*smsfood ${name}\\b`));
  });

  it('fits the terminal', async () => {
    const narrow = await smsfood(['check', '--help'], { terminal: true, columns: 70 });
    const options = narrow.stdout.split('Options:')[1]?.split('Commands:')[0] ?? '';
    expect(options).toContain('--fail-on');
    expect(Math.max(...options.split('\n').map((line) => line.length))).toBeLessThanOrEqual(70);
  });

  it('explains the exit codes that there are', async () => {
    const { code, stdout, stderr } = await smsfood(['help', 'exit-codes']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const listed = [...stdout.matchAll(/^ {2}(\d+) /gm)].map(([, number]) => Number(number));
    expect(listed).toEqual([0, 1, 2, 3, 130, 143]);
    expect(listed).toEqual(expect.arrayContaining([...new Set(Object.values(ERROR_CODES))]));
  });
});

it.each(['--version', '-V'])('%s prints the version of package.json', async (flag) => {
  expect(await smsfood([flag])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

describe('wrong usage', () => {
  it.each([
    [['chekc'], 'Unknown command "chekc"', 'check'],
    [['chekc', '--help'], 'Unknown command "chekc"', 'check'],
    [['help', 'docter'], 'Unknown command "docter"', 'doctor'],
    [['zzzzzzzz'], 'Unknown command "zzzzzzzz"', 'check, scorecard'],
    [['db', 'instal'], "unknown command 'instal'", 'install'],
    [['sandbox', 'sed'], "unknown command 'sed'", 'seed'],
    [['db'], 'the name of a command is missing', '--help'],
    [['sandbox'], 'the name of a command is missing', '--help'],
    [['--verison'], "unknown option '--verison'", '--version'],
    [['check', '--fromat', 'json'], "unknown option '--fromat'", '--format'],
    [['check', '--format', 'xml'], "'xml' is invalid", 'table, json, csv, markdown, html, junit, sarif, github'],
    [['check', '--format'], "'-f, --format <format>' argument missing", '--help'],
    [['db', 'status', '--format', 'junit'], "'junit' is invalid", 'table, json, csv, markdown'],
    [['check', '--dimension', 'validty'], '"validty"', 'validity'],
    [['check', '--level', 'fatal'], '"fatal"', 'fail, warn'],
    [['check', '--fail-on', 'wran'], '--fail-on', '"warn"'],
    [['check', '--jobs', '0'], '--jobs', '>=1'],
    [['check', '--jobs', 'many'], '--jobs', 'number'],
    [['check', '--sample', '-1'], '--sample', '>=0'],
    [['check', '--timeout', 'soon'], '--timeout: "soon" is no duration', '30s'],
    [['check', '--timeout', '0s'], '--timeout: "0s" is no duration', '30s'],
    [['check', '--as-of', '2026-03-10'], '--as-of: "2026-03-10" is no time with a zone', '2026-03-10T15:00:00Z'],
    [['check', '--since', '2026-02-30T00:00:00Z'], '--since', '2026-03-10T15:00:00Z'],
    [['check', 'show'], "missing required argument 'check'", '--help'],
    [['check', 'show', 'orders'], '"orders" names', 'smsfood check list'],
    [['doctor', 'now'], 'too many arguments', '--help'],
    [['sandbox', 'seed', '--damage', 'some'], "'some' is invalid", 'none, realistic, every'],
    [['sandbox', 'seed', '--customers', '0'], '--customers', '>=1'],
    [['sandbox', 'seed', '--as-of', 'yesterday'], '--as-of', '2026-03-10T15:00:00Z'],
  ])('smsfood %j is refused in one sentence with the way on', async (argv, sentence, advice) => {
    // A database that nobody can reach: had anything been sent, the exit code would be 3.
    const env = { DATABASE_URL: 'postgresql://127.0.0.1:1/nowhere', SMSFOOD_DATA_DIR: '/nonexistent' };
    const { code, stdout, stderr } = await smsfood(argv, { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    const error = lines.findIndex((line) => line.startsWith('error: '));
    expect(lines[error]).toContain(sentence);
    expect(lines[error]).toMatch(/ \[USAGE\]$/);
    expect(lines.slice(error).join('\n')).toContain(advice);
    expect(lines.length - error).toBeLessThanOrEqual(2);
    expect(stderr).not.toContain('    at ');
  });

  it.each([
    [['orders.stale-pendin'], '"orders.stale-pendin"', 'orders.stale-pending'],
    [['phnoes'], '"phnoes"', 'phones'],
    [['orders', '--dimension', 'schema'], 'No check', 'smsfood check list'],
  ])('selecting no check with %j is an error, not a success', async (argv, sentence, advice) => {
    const { code, stdout, stderr } = await smsfood(['check', ...argv]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: .* \[NOTHING_SELECTED\]\n/);
    expect(stderr).toContain(sentence);
    expect(stderr).toContain(advice);
  });

  it('never reaches for a file that it would not write', async () => {
    const cwd = temporaryFolder();
    const { code } = await smsfood(['check', '--format', 'xml', '--output', 'result.xml'], { cwd });
    expect(code).toBe(2);
    expect(existsSync(join(cwd, 'result.xml'))).toBe(false);
  });
});

describe('README.md', () => {
  const path = join(ROOT, 'README.md');
  const readme = existsSync(path) ? readFileSync(path, 'utf8') : '';

  it('is there', () => expect(existsSync(path)).toBe(true));

  it('names every command', () => {
    const missing = everyCommand.map((words) => `smsfood ${words.join(' ')}`).filter((line) => !readme.includes(line));
    expect(missing).toEqual([]);
  });

  it('lists every error code with its exit code', () => {
    const rows = [...readme.matchAll(/^\|\s*`([A-Z][A-Z_]+)`\s*\|\s*(\d+)\s*\|/gm)];
    const listed = Object.fromEntries(rows.map(([, code = '', exit]) => [code, Number(exit)]));
    expect(listed).toEqual(ERROR_CODES);
  });
});
