import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { checkFile, temporaryFolder } from '../harness/folder.js';
import { type RunningProgram, startProgram } from '../harness/process.js';
import type { NightlyWorld } from './nightly-world.js';

/** A configuration with one check more, which takes a minute. */
function slowFolder(world: NightlyWorld): string {
  const config = JSON.parse(readFileSync(join(world.folder, 'smsfood.config.json'), 'utf8'));
  const folder = temporaryFolder({
    'own/slow/nap.sql': checkFile(
      'SELECT id FROM customers WHERE id = (SELECT min(id) FROM customers) AND pg_sleep(60) IS NULL',
    ),
  });
  const checks = { ...config.checks, directories: [join(folder, 'own')] };
  return temporaryFolder({ 'smsfood.config.json': JSON.stringify({ ...config, checks }) });
}

/** How many statements of a night the server is asleep in. */
export async function napping(world: NightlyWorld): Promise<number> {
  const rows = await world.rows(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name ~ '^smsfood/nightly/' AND wait_event = 'PgSleep'`,
  );
  return rows.length;
}

/** Starts a night in a process of its own, and waits until it is in the middle of its last step. */
export async function startNight(
  world: NightlyWorld,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<RunningProgram> {
  const cwd = slowFolder(world);
  const running = startProgram(['nightly', '--apply', ...args], { env: { DATABASE_URL: world.url, ...env }, cwd });
  await expect.poll(() => napping(world), { timeout: 30_000 }).toBe(1);
  return running;
}
