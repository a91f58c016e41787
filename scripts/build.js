// Bundles src/ into dist/. Splitting keeps every command's code in chunks of its own, loaded only when it is called;
// the generated Prisma client is in one of them. bin/ runs process.js; scripts/docs.js calls main.js and program.js.
// commands.json is the whole command line, for completion.
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
// All but the shortest commands read options and configuration with zod, whose many files took a fifth of their start.
const external = Object.keys(dependencies).filter((name) => name !== 'zod');

const { metafile } = await build({
  entryPoints: ['src/process.ts', 'src/main.ts', 'src/program.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  external: external.flatMap((name) => [name, `${name}/*`]),
  metafile: true,
  logLevel: 'warning',
});

const { commandTree } = await import('../dist/program.js');
copyFileSync('node_modules/zod/LICENSE', 'dist/zod.LICENSE');
writeFileSync('dist/commands.json', `${JSON.stringify(await commandTree())}\n`);

// Leftovers go last, not first: a chunk's name holds the hash of its content, so a program that runs meanwhile finds its own.
const written = new Set([...Object.keys(metafile.outputs), 'dist/commands.json', 'dist/zod.LICENSE']);
for (const name of readdirSync('dist')) {
  const file = `dist/${name}`;
  if (!written.has(file)) rmSync(join('dist', name), { recursive: true });
}
