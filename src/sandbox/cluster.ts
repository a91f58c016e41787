import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Account } from './account.js';
import type { Binaries } from './binaries.js';
import { admit, type Layout } from './place.js';
import { runProgram } from './program.js';
import { discard, withScratch } from './scratch.js';
import { exists } from './trouble.js';

/** The sandbox's role, a superuser of its own server, and its database. */
export const SANDBOX_NAME = 'smsfood';

const LIMIT_MS = 60_000;

/**
 * Makes the server's data unless they are there: a role and a database `smsfood`, a password, and collation and
 * character set that are PostgreSQL's own, so that the same rows sort alike on each machine. Made aside and renamed.
 */
export async function ensureCluster(
  layout: Layout,
  binaries: Binaries,
  account: Account | null,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (await isComplete(layout)) return;
  await discard(layout.cluster);
  await withScratch(layout.root, async (scratch) => {
    await createCluster(scratch, binaries, account, signal);
    // Lost only to another process that has made one meanwhile.
    await rename(scratch, layout.cluster).catch(async (error: unknown) => {
      if (!(await isComplete(layout))) throw error;
    });
  });
}

/** Whether there are a password and the file without which no server starts; anything less is a remainder. */
export async function isComplete(layout: Layout): Promise<boolean> {
  const files = [layout.password, path.join(layout.data, 'global', 'pg_control')];
  return (await Promise.all(files.map(exists))).every(Boolean);
}

async function createCluster(
  folder: string,
  binaries: Binaries,
  account: Account | null,
  signal: AbortSignal | undefined,
): Promise<void> {
  const data = path.join(folder, 'data');
  const password = path.join(folder, 'password');
  await mkdir(data, { mode: 0o700 });
  await writeFile(password, randomBytes(24).toString('base64url'), { mode: 0o600 });
  await chmod(password, 0o600);
  if (account) {
    await admit(folder, account);
    await Promise.all([data, password].map((file) => chown(file, account.uid, account.gid)));
  }
  // Not synced: right after `npm ci` the disk is busy and a thousand fsyncs take seconds, for a cluster that is still
  // empty. The server itself syncs what it writes.
  const limits = { timeoutMs: LIMIT_MS, signal };
  const initdb = [
    ...['--pgdata', data, '--username', SANDBOX_NAME, '--pwfile', password, '--auth', 'scram-sha-256'],
    ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    ...['--text-search-config', 'english', '--no-instructions', '--no-sync'],
  ];
  await runProgram({ file: binaries.initdb, args: initdb, cwd: folder, account }, limits);
  // Made here rather than through a connection later, so that a cluster without its database never exists.
  const single = ['--single', '-D', data, '-c', 'log_checkpoints=off', '-c', 'fsync=off', 'postgres'];
  const input = `CREATE DATABASE ${SANDBOX_NAME};\n`;
  await runProgram({ file: binaries.postgres, args: single, cwd: folder, account }, { ...limits, input });
}
