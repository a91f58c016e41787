import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/index.js';
import { loadConfig } from '../../src/config.js';
import { packageRoot } from '../../src/package-root.js';

const ROOT = packageRoot();
const PAGES = ['README.md', 'CHANGELOG.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)].filter(
  (name) => name.endsWith('.md'),
);
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');

describe('generated documentation', () => {
  it('is what the program, the check files and the sandbox say today', { timeout: 120_000 }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/docs.js', '--check'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'The documentation is current.\n', stderr: '' });
  });
});

describe('README.md', () => {
  it('says on its first screen how to see it work, how to test it, and how to use it', () => {
    const firstScreen = read('README.md').split('\n').slice(0, 45).join('\n');
    for (const text of ['npm ci && npm run demo', 'npm ci && npm test', 'smsfood check', 'DATABASE_URL='])
      expect(firstScreen).toContain(text);
  });

  it('lists every command', () => {
    for (const { name } of COMMANDS) expect(read('README.md')).toMatch(new RegExp(`^\\| \`smsfood ${name}\\b`, 'm'));
  });

  it('lists every configuration key with its default', () => {
    const { config } = loadConfig({ env: {}, cwd: tmpdir() });
    const documented = rowsBelow('## Configuration').map(([key, , value]) => [unquote(key), unquote(value)]);
    const own = documented.filter(([, value]) => value !== '-');
    expect(Object.fromEntries(own)).toEqual(flatten(config));
  });

  it('gives a reason for every dependency', () => {
    const { dependencies } = JSON.parse(read('package.json'));
    const documented = rowsBelow('## Dependencies').flatMap(([names = '']) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
    );
    expect(documented.sort()).toEqual(Object.keys(dependencies).sort());
  });
});

it.each([
  ['docs/ci.md', ['smsfood check --format junit', '| 3 |', 'smsfood check --baseline']],
  ['docs/nightly.md', ['smsfood nightly --apply', '| 3 |', 'smsfood db install']],
  ['docs/exports.md', ['smsfood export orders --output .', 'smsfood export verify', '--month 2026-03']],
  ['docs/repairing.md', ['smsfood reconcile --customer CUSTOMER --apply', 'smsfood undo RUN --apply']],
  ['docs/webhooks.md', ['smsfood webhooks serve', 'smsfood webhooks replay ID --apply']],
])('%s has on its first screen what its reader came for', (page, answers) => {
  const firstScreen = read(page).split('\n').slice(0, 40).join('\n');
  for (const answer of answers) expect(firstScreen).toContain(answer);
});

it('docs/architecture.md has the map as it is', () => {
  const layers = { commands: 'commands', db: 'adapter', notify: 'adapter', output: 'adapter' };
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const expected = folders.map(({ name }): [string, string] => [name, 'feature']);
  const mapped = [...read('docs/architecture.md').matchAll(/^src\/(\w+)\/ +(\w+)/gm)];
  expect(Object.fromEntries(mapped.map(([, name, layer]) => [name, layer]))).toEqual({
    ...Object.fromEntries(expected),
    ...layers,
  });
});

it('docs/json.md lists every form that a command prints', () => {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const forms = sources.flatMap((name) => read(`src/${name}`).match(/\bsmsfood\.[a-z-]+\/\d/g) ?? []);
  const documented: string[] = read('docs/json.md').match(/\bsmsfood\.[a-z-]+\/\d/g) ?? [];
  // The baseline is a file for smsfood alone.
  expect(forms.filter((form) => form !== 'smsfood.baseline/1' && !documented.includes(form))).toEqual([]);
});

describe.each(PAGES)('%s', (page) => {
  it('has links that lead somewhere', () => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map(([, link]) => link ?? '');
    const dead = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), path);
      return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
    });
    expect(dead).toEqual([]);
  });
});

/** The cells of the first table below a heading of the README. */
function rowsBelow(heading: string): string[][] {
  const [, section = ''] = read('README.md').split(`\n${heading}\n`);
  const table = /(?:^\|.*\n)+/m.exec(section)?.[0] ?? '';
  const [, , ...rows] = table.trim().split('\n');
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function unquote(cell = ''): string {
  return cell.replace(/^`(.*)`$/, '$1');
}

/** Keys as paths, values as the README writes them; durations are in milliseconds in the configuration, and are written so. */
function flatten(value: object, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]): [string, string][] => {
      const path = `${prefix}${key}`;
      if (Array.isArray(each)) return [[path, each.length === 0 ? '[]' : each.join(', ')]];
      if (typeof each === 'object' && each !== null && Object.keys(each).length > 0)
        return Object.entries(flatten(each, `${path}.`));
      if (/timeout$|^margin$/i.test(key)) return [[path, shortDuration(Number(each))]];
      return [[path, typeof each === 'object' ? '{}' : String(each)]];
    }),
  );
}

function shortDuration(milliseconds: number): string {
  if (milliseconds % 3_600_000 === 0) return `${milliseconds / 3_600_000}h`;
  return milliseconds % 60_000 === 0 ? `${milliseconds / 60_000}m` : `${milliseconds / 1000}s`;
}

/** GitHub's anchors of a page's headings. */
function anchorsOf(file: string): string[] {
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}
