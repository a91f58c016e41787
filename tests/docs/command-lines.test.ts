import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { callsIn, refusal, runnableCommands } from '../harness/command-lines.js';

const ROOT = packageRoot();
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

async function refused(calls: readonly string[][]): Promise<string[]> {
  const reasons = await Promise.all(calls.map(async (args) => [args, await refusal(args)] as const));
  return reasons.flatMap(([args, reason]) => (reason === null ? [] : [`smsfood ${args.join(' ')}: ${reason}`]));
}

describe('this test itself', () => {
  it('finds the calls in a script', () => {
    const script = `set -a; . /etc/x; smsfood nightly --apply || echo "exit code $?"
      - run: smsfood check orders "*.phone-*" --reason 'a b' --output x.json # a comment
      psql "$(smsfood sandbox status --reveal | sed 's/x/y/')"; source <(smsfood completion bash)
      smsfood check --since "$(date -u -d '1 hour ago' +%FT%TZ)" \\
        --quiet > /dev/null; cat smsfood.json`;
    expect(callsIn(script)).toEqual([
      ['nightly', '--apply'],
      ['check', 'orders', '*.phone-*', '--reason', 'a b', '--output', 'x.json'],
      ['sandbox', 'status', '--reveal'],
      ['completion', 'bash'],
      ['check', '--since', "$(date -u -d '1 hour ago' +%FT%TZ)", '--quiet'],
    ]);
  });

  it.each([
    [['chek']],
    [['check', '--fromat', 'json']],
    [['check', '--format', 'yaml']],
    [['check', 'show']],
    [['nightly', '--only', 'nothing']],
    [['webhooks', 'simulate', 'paypal']],
  ])('refuses %j', async (args) => expect(await refusal(args)).not.toBeNull());
});

it('the help of every command has examples of it, and each can be called', async () => {
  const commands = await runnableCommands();
  expect(commands.length).toBeGreaterThan(40);
  for (const { path, examples } of commands) {
    const calls = examples.flatMap(({ line }) => callsIn(line));
    expect(calls.length, path).toBeGreaterThanOrEqual(examples.length);
    expect(
      calls.map((args) => args.join(' ')).some((line) => `${line} `.startsWith(`${path} `)),
      path,
    ).toBe(true);
    expect(await refused(calls)).toEqual([]);
  }
});

describe('what the documentation calls', () => {
  const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];
  it.each(pages.filter((name) => name.endsWith('.md') && name !== 'docs/cli.md'))(
    'in %s can be called',
    async (page) => {
      const blocks = [...read(page).matchAll(/^```(\w*)\n(.*?)^```/gms)]
        .filter(([, language = '']) => !['text', 'sql', 'json'].includes(language))
        // Of what a terminal showed, only what was typed.
        .map(([, language, text = '']) => (language === 'console' ? (text.match(/^\$ .*$/gm) ?? []).join('\n') : text));
      expect(await refused(blocks.flatMap(callsIn))).toEqual([]);
    },
  );

  it('in the files to deploy can be called', async () => {
    const files = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => /^(?:deploy|examples)\//.test(name) && !name.endsWith('/'),
    );
    const calls = files.flatMap((name) => callsIn(commandsIn(read(`docs/${name}`))));
    expect(calls.length).toBeGreaterThan(2);
    expect(await refused(calls)).toEqual([]);
  });
});

/** Without comments and what is meant for people. */
function commandsIn(text: string): string {
  return text
    .replace(/^\s*#.*$/gm, '')
    .replace(/^(?:Description=|\s*summary:).*$/gm, '')
    .replaceAll('$$', '$');
}
