#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/process.js', import.meta.url);
if (existsSync(program)) {
  const { run } = await import(program.href);
  process.exitCode = await run(process);
} else {
  process.stderr.write('error: smsfood is not built yet.\n  Run `npm ci && npm run build` in its folder.\n');
  process.exitCode = 3;
}
