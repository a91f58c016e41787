import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { runnableCommands } from '../harness/command-lines.js';
import { hasProgram } from '../harness/terminal.js';

// That it is what `npm run docs` would write is seen by docs.test.ts.
const PAGE = join(packageRoot(), 'man', 'smsfood.1');
const hasGroff = hasProgram('groff');

it.skipIf(spawnSync('mandoc', ['-Tlint', '/dev/null']).error !== undefined)(
  'is what mandoc takes, without a word',
  () => {
    const { status, stdout, stderr } = spawnSync('mandoc', ['-Tlint', PAGE], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  },
);

it.skipIf(!hasGroff)('is what groff takes, without a warning', () => {
  const { status, stderr } = spawnSync('groff', ['-man', '-ww', '-Tutf8', PAGE], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

it.skipIf(!hasGroff)('shows every command with its options and examples, as they are typed', async () => {
  const { stdout } = spawnSync('groff', ['-man', '-Tascii', '-P-cbou', '-rLL=200n', PAGE], { encoding: 'utf8' });
  const wanted = (await runnableCommands()).flatMap(({ path, options, examples }) => [
    `smsfood ${path}`,
    ...options.map(({ flags }) => flags),
    ...examples.map(({ line }) => line),
  ]);
  expect(wanted.length).toBeGreaterThan(300);
  expect(wanted.filter((text) => !stdout.includes(text))).toEqual([]);
  expect(stdout).toContain('EXIT STATUS');
  for (const variable of ['DATABASE_URL', 'STRIPE_WEBHOOK_SECRET', 'SMSFOOD_LOG_LEVEL'])
    expect(stdout).toContain(variable);
});

it('is found by man, where npm installs it', () => {
  const { man, files } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  expect(man).toEqual(['man/smsfood.1']); // npm links no man page that is given as a text
  expect(files).toContain('man');
});
