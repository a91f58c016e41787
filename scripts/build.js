// Bundles src/ into dist/. Splitting keeps every command's code in chunks of its own, loaded only when it is called;
// the generated Prisma client is in one of them. bin/ runs process.js; scripts/docs.js calls main.js.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const { metafile } = await build({
  entryPoints: ['src/process.ts', 'src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  metafile: true,
  logLevel: 'warning',
});

// Leftovers go last, not first: a chunk's name holds the hash of its content, so a program that runs meanwhile finds its own.
const written = new Set(Object.keys(metafile.outputs));
for (const name of readdirSync('dist')) {
  const file = `dist/${name}`;
  if (!written.has(file)) rmSync(join('dist', name), { recursive: true });
}
