import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { packageRoot } from '../../src/package-root.js';
import { temporaryFolder } from '../harness/folder.js';

const SCRIPT = join(packageRoot(), 'scripts', 'licenses.js');
const licenses = (cwd: string) => spawnSync(process.execPath, [SCRIPT], { cwd, encoding: 'utf8' });

it('everything that is installed with smsfood has a permissive licence', () => {
  const { status, stdout, stderr } = licenses(packageRoot());
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^MIT: \d+$/m);
  expect(stdout).toMatch(/^ {2}commander@\d/m);
  expect(stdout).not.toContain('vitest@'); // not installed with it
});

it.each([
  ['GPL-3.0-only', 1],
  [undefined, 1],
  ['MIT AND GPL-2.0', 1],
  ['(MIT OR GPL-3.0)', 0],
  ['BSD-3-Clause', 0],
])('a package with the licence %s: exit code %i', (license, code) => {
  const packages = { '': {}, 'node_modules/x': { version: '1.0.0', license }, 'node_modules/y': { dev: true } };
  const cwd = temporaryFolder({ 'package-lock.json': JSON.stringify({ packages }) });
  const { status, stderr } = licenses(cwd);
  expect(status).toBe(code);
  if (code === 1) expect(stderr).toContain('x@1.0.0');
});

it('the bill of materials names every dependency', () => {
  const { status, stdout } = spawnSync('npm', ['run', '--silent', 'sbom'], { cwd: packageRoot(), encoding: 'utf8' });
  expect(status).toBe(0);
  // npm's --omit=dev leaves out what is used by both; so everything is in it, and what is for development is marked.
  const ComponentSchema = z.object({
    group: z.string().optional(),
    name: z.string(),
    properties: z.array(z.object({ name: z.string() })).default([]),
  });
  const { components } = z
    .object({ bomFormat: z.literal('CycloneDX'), components: z.array(ComponentSchema) })
    .parse(JSON.parse(stdout));
  const installed = components
    .filter(({ properties }) => !properties.some(({ name }) => name === 'cdx:npm:package:development'))
    .map(({ group, name }) => (group === undefined ? name : `${group}/${name}`));
  const { dependencies } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  expect(installed).toEqual(expect.arrayContaining(Object.keys(dependencies)));
  expect(installed).not.toContain('vitest');
});
