// Generates the Prisma client, where its schema or Prisma itself has changed. Silent when all is well.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STAMP = `${ROOT}src/db/generated/.made-from`;

const manifest = createRequire(import.meta.url).resolve('prisma/package.json');
const inputs = [manifest, `${ROOT}prisma/schema.prisma`, `${ROOT}prisma/prisma.config.ts`]
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');
if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== inputs) {
  const prisma = manifest.replace(/package\.json$/, 'build/index.js');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [prisma, 'generate', '--config', 'prisma/prisma.config.ts'],
    { cwd: ROOT, encoding: 'utf8' },
  );
  if (status !== 0) {
    process.stderr.write(`${stdout}${stderr}`);
    process.exit(1);
  }
  writeFileSync(STAMP, inputs);
}
