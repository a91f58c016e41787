import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCE = resolve(import.meta.dirname, '..', 'src');
const FEATURES = readdirSync(SOURCE, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['commands', 'db', 'output', 'notify'].includes(entry.name))
  .map(({ name }) => name);
/** From the top down. Files of src/ itself that are not named here are foundation. */
const LAYERS = ['root', 'commands', 'context', 'feature', 'adapter', 'foundation'] as const;
type Layer = (typeof LAYERS)[number];

interface Import {
  from: string;
  to: string;
  /** `type` is gone when the program runs, `lazy` is an `import()`. */
  kind: 'static' | 'lazy' | 'type';
}

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('db/generated/'))
  .sort();
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(SOURCE, file), 'utf8')));
const within = imports.filter(({ to }) => to.endsWith('.ts'));

/** Targets inside src/ are paths from it, packages keep their names. */
function importsOf(from: string, text: string): Import[] {
  const target = (specifier: string) =>
    specifier.startsWith('.')
      ? relative(SOURCE, resolve(SOURCE, dirname(from), specifier.replace(/\.js$/, '.ts')))
      : specifier;
  const found: Import[] = [];
  for (const [, words = '', specifier = ''] of text.matchAll(
    /^(?:import|export)\s((?:[^;'"]*?\sfrom\s)?)['"]([^'"]+)['"]/gm,
  )) {
    found.push({ from, to: target(specifier), kind: isTypeOnly(words) ? 'type' : 'static' });
  }
  for (const [, specifier = ''] of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) {
    found.push({ from, to: target(specifier), kind: 'lazy' });
  }
  return found;
}

function isTypeOnly(words: string): boolean {
  return words.startsWith('type ') || /^\{(?:\s*type\s[^,}]+,?)+\s*\}/.test(words);
}

function layerOf(file: string): Layer {
  const [top = ''] = file.split('/');
  if (['process.ts', 'main.ts', 'program.ts'].includes(top)) return 'root';
  if (top === 'context.ts') return 'context';
  if (top === 'commands') return 'commands';
  if (['db', 'output', 'notify'].includes(top)) return 'adapter';
  return FEATURES.includes(top) ? 'feature' : 'foundation';
}

function describeImports(list: readonly Import[]): string[] {
  return list.map(({ from, to, kind }) => `${from} -> ${to} (${kind})`);
}

describe('the layers of src/', () => {
  it('are all here, and the imports are seen', () => {
    expect(new Set(files.map(layerOf))).toEqual(new Set(LAYERS));
    expect(FEATURES).toEqual(expect.arrayContaining(['checks', 'sandbox']));
    // The parser of this test itself: one import of each kind that is known to be there.
    expect(describeImports(imports)).toEqual(
      expect.arrayContaining([
        'context.ts -> db/database.ts (type)',
        'context.ts -> config.ts (lazy)',
        'db/pool.ts -> pg (static)',
        'commands/check-memory.ts -> checks/verdict.ts (static)',
      ]),
    );
    const unknown = within.filter(({ to }) => !files.includes(to) && !to.startsWith('db/generated/'));
    expect(describeImports(unknown)).toEqual([]);
  });

  it('import downwards only, of types too', () => {
    // A command's types describe what the composition root hands it; the context's are what every layer below receives.
    const upwards = within.filter(({ from, to }) => LAYERS.indexOf(layerOf(to)) < LAYERS.indexOf(layerOf(from)));
    expect(describeImports(upwards)).toEqual([]);
  });

  it('keep features apart from each other', () => {
    const feature = (file: string) => file.split('/')[0];
    const sideways = within.filter(
      ({ from, to }) => layerOf(from) === 'feature' && layerOf(to) === 'feature' && feature(from) !== feature(to),
    );
    expect(describeImports(sideways)).toEqual([]);
  });

  it('keep adapters apart from each other', () => {
    const sideways = within.filter(
      ({ from, to }) =>
        layerOf(from) === 'adapter' && layerOf(to) === 'adapter' && from.split('/')[0] !== to.split('/')[0],
    );
    expect(describeImports(sideways)).toEqual([]);
  });

  it('have no circles, except of types', () => {
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]) => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      else for (const next of staticImports(file)) if (next.endsWith('.ts')) visit(next, [...path, file]);
    };
    for (const file of files) visit(file, []);
    expect([...new Set(circles)]).toEqual([]);
  });

  it('keep the command line, the console and the process out of features and adapters', () => {
    const strangers = imports.filter(
      ({ from, to }) =>
        ['feature', 'adapter', 'foundation'].includes(layerOf(from)) && ['commander', 'ora'].includes(to),
    );
    expect(describeImports(strangers)).toEqual([]);
    const exits = files.filter(
      (file) =>
        file !== 'process.ts' &&
        /\bprocess\.(?:exit|stdout|stderr|argv)\b/.test(readFileSync(join(SOURCE, file), 'utf8')),
    );
    expect(exits).toEqual([]);
  });

  it('let handlers of webhooks read the inbox only when the events before theirs are written down', () => {
    const statements = files
      .filter((file) => file.startsWith('webhooks/handlers/'))
      .flatMap((file) => [
        ...readFileSync(join(SOURCE, file), 'utf8').matchAll(/\b(\w+)\.query(?:<[^(]*>)?\(\s*`([^`]*)`/g),
      ]);
    const readers = statements.filter(([, , sql = '']) => sql.includes('ops.webhook_inbox'));
    expect(readers.length).toBeGreaterThan(4);
    expect(new Set(readers.map(([, session]) => session))).toEqual(new Set(['inbox']));
  });

  it('load nothing heavy before a command is called', () => {
    const reached = reachable('process.ts');
    expect(reached).toContain('main.ts');
    expect(packagesOf(reached)).toEqual([]);
    // `--help` on top of that.
    expect(packagesOf(reachable('program.ts'))).toEqual(['commander']);
    // Every press of Tab.
    expect(packagesOf(reachable('commands/complete.ts'))).toEqual([]);
    // What every command with a database needs; the logger is not among it.
    expect(packagesOf(reachable('config.ts'))).toEqual(['fastest-levenshtein', 'zod']);
  });
});

function staticImports(file: string): string[] {
  return imports.filter(({ from, kind }) => from === file && kind === 'static').map(({ to }) => to);
}

function reachable(start: string): string[] {
  const seen = new Set([start]);
  for (const file of seen) for (const to of staticImports(file)) seen.add(to);
  return [...seen];
}

function packagesOf(targets: readonly string[]): string[] {
  return targets.filter((target) => !target.endsWith('.ts') && !target.startsWith('node:')).sort();
}
