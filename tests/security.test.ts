import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandNode } from '../src/completion/command-node.js';
import { packageRoot } from '../src/package-root.js';
import { commandTree } from '../src/program.js';

const SOURCE = join(packageRoot(), 'src');
const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('db/generated/'))
  .sort()
  .map((path) => ({ path, text: readFileSync(join(SOURCE, path), 'utf8') }));
const filesWith = (pattern: RegExp) => files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

describe('the source', () => {
  it('listens in one place, and tries a port for the sandbox on loopback in another', () => {
    expect(filesWith(/\.listen\(/)).toEqual(['sandbox/port.ts', 'webhooks/server.ts']);
    expect(filesWith(/\bcreateServer\b/)).toEqual(['sandbox/port.ts', 'webhooks/server.ts']);
    expect(files.find(({ path }) => path === 'sandbox/port.ts')?.text).toContain("host: '127.0.0.1'");
  });

  it('calls out to the channels of nightly, to Stripe, and to a receiver on this machine, and nowhere else', () => {
    expect(filesWith(/\bfetch\(|^import (?!type |\{ createServer).* from 'node:https?'|from 'undici'/m)).toEqual([
      'notify/ping.ts',
      'notify/slack.ts',
      'webhooks/simulate/send.ts',
    ]);
    const clients =
      /^import (?!type ).*from '(?:stripe|twilio(?:\/[^']*)?|@slack\/webhook)'|import\('(?:stripe|twilio|@slack\/webhook)/m;
    expect(filesWith(clients).filter((path) => !path.startsWith('webhooks/'))).toEqual(['notify/slack.ts']);
  });

  it('starts programs for the sandbox only, and never through a shell', () => {
    expect(filesWith(/from 'node:child_process'/)).toEqual([
      'sandbox/launch.ts',
      'sandbox/postmaster.ts',
      'sandbox/program.ts',
    ]);
    expect(filesWith(/\{[^}]*\bexec(?:Sync)?\b[^}]*\} from 'node:child_process'|shell: true/)).toEqual([]);
  });

  it('runs no text as code', () => {
    expect(filesWith(/\beval\(|new Function\(/)).toEqual([]);
    // One name, written there, by which the garbage collector is reached.
    expect(filesWith(/from 'node:vm'/)).toEqual(['exports/sweep.ts']);
    const sweep = readFileSync(join(packageRoot(), 'src/exports/sweep.ts'), 'utf8');
    expect(sweep.match(/runIn\w+\(.*\)/g)).toEqual(["runInNewContext('gc')"]);
  });

  it('connects to a database in two places, with the limits of every session', () => {
    expect(filesWith(/new (?:pg\.)?(?:Client|Pool)\(/)).toEqual(['db/cancel.ts', 'db/pool.ts']);
  });
});

it('no option takes a password or a secret: arguments are seen by everybody on the machine', async () => {
  const flags: string[] = [];
  const visit = (node: CommandNode) => {
    for (const { long, value } of node.options) if (value !== null) flags.push(long);
    for (const child of node.commands) visit(child);
  };
  visit(await commandTree());
  expect(flags.length).toBeGreaterThan(100);
  expect(flags.filter((flag) => /pass|secret|token|key(?!-days)|credential|database-url/.test(flag))).toEqual([]);
});

it('every package comes from the registry of npm, by its hash', () => {
  const { packages } = JSON.parse(readFileSync(join(packageRoot(), 'package-lock.json'), 'utf8'));
  const entries: [string, { resolved?: string; integrity?: string; link?: boolean }][] = Object.entries(packages);
  const others = entries.filter(
    ([path, { resolved = 'https://registry.npmjs.org/', integrity }]) =>
      path !== '' && !(resolved.startsWith('https://registry.npmjs.org/') && integrity?.startsWith('sha512-')),
  );
  expect(entries.length).toBeGreaterThan(100);
  expect(others).toEqual([]);
});
