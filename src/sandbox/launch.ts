import { spawn } from 'node:child_process';
import { open, readFile, rename, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.js';
import { type Binaries, bundledVersion } from './binaries.js';
import type { Layout } from './place.js';
import { choosePort } from './port.js';
import { endPostmaster, findPostmaster, removeStalePidFile, send } from './postmaster.js';
import { failed, spawnOptions, startError } from './program.js';

/** Long, because a server that was killed while it was being filled repeats the last minutes' writes first. */
const LIMIT_MS = 120_000;
const POLL_MS = 15;
const START_ANEW = '`smsfood sandbox reset` deletes its data, and the next start makes new ones.';

/** A small machine's server. Of its data's safety nothing is traded for speed: that is for whoever passes settings. */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '256MB',
  // The data lies in this machine's own cache: I/O workers only compete with the queries for its cores.
  io_method: 'sync',
  max_wal_size: '2GB',
  // Nothing replicates from a sandbox; this spares the log of a COPY into a table made in the same transaction.
  wal_level: 'minimal',
  max_wal_senders: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};

export interface LaunchOptions {
  settings: Record<string, string>;
  signal: AbortSignal | undefined;
}

/**
 * Starts the server of a cluster and waits until it takes connections. It lives on when this process ends.
 * @throws SmsfoodError SANDBOX_FAILED with the end of the server's log.
 */
export async function launch(
  layout: Layout,
  binaries: Binaries,
  account: Account | null,
  options: LaunchOptions,
): Promise<void> {
  const deadline = Date.now() + LIMIT_MS;
  let preferred = (await readLastStart(layout)).port;
  for (;;) {
    if (await isStartedElsewhere(layout, binaries, options.signal, deadline)) return;
    await removeStalePidFile(layout.data);
    const port = await choosePort(preferred);
    await writeFile(layout.lastStart, `${port} ${bundledVersion()}\n`);
    const settings = { ...SETTINGS, ...options.settings, port: String(port) };
    const log = await runServer(layout, binaries, account, settings, options.signal, deadline);
    if (log === null) return;
    if (Date.now() > deadline || !isPassing(log)) throw failed('its server ended', log, START_ANEW);
    if (/could not bind/.test(log)) preferred = null;
    else await sleep(250);
  }
}

// Somebody else took the port since it was tried, started the server, or has only just killed it: its last sessions
// notice that within a moment, and hold on to its memory until then.
function isPassing(log: string): boolean {
  return /could not bind|lock file .* already exists|still in use/.test(log);
}

// A server may be found on its way up, its starter killed, or on its way down.
async function isStartedElsewhere(
  layout: Layout,
  binaries: Binaries,
  signal: AbortSignal | undefined,
  deadline: number,
): Promise<boolean> {
  for (;;) {
    signal?.throwIfAborted();
    const found = await findPostmaster(layout.data);
    if (found?.isReady) return true;
    if (!found) return false;
    if (Date.now() > deadline) await endPostmaster(layout.data, found.pid, binaries.pgCtl);
    await sleep(POLL_MS);
  }
}

/** Null once the server takes connections; its log where it ended instead. */
async function runServer(
  layout: Layout,
  binaries: Binaries,
  account: Account | null,
  settings: Record<string, string>,
  signal: AbortSignal | undefined,
  deadline: number,
): Promise<string | null> {
  await rename(layout.log, `${layout.log}.old`).catch(() => undefined);
  const log = await open(layout.log, 'a', 0o600);
  const args = ['-D', layout.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const run = { file: binaries.postgres, args, cwd: layout.cluster, account };
  const child = spawn(run.file, run.args, { ...spawnOptions(run), stdio: ['ignore', log.fd, log.fd] });
  let trouble: unknown;
  child.on('error', (error) => {
    trouble = startError(error, run);
  });
  child.unref();
  await log.close();

  for (;;) {
    if (trouble) throw trouble;
    if (child.exitCode !== null || child.signalCode !== null) return await readFile(layout.log, 'utf8');
    const found = await findPostmaster(layout.data);
    if (found?.isReady && found.pid === child.pid) return null;
    if (child.pid !== undefined && (signal?.aborted || Date.now() > deadline)) {
      await send('QUIT', child.pid, binaries.pgCtl);
      await new Promise((resolve) => child.once('exit', resolve));
      signal?.throwIfAborted();
    }
    await sleep(POLL_MS);
  }
}

/** The port and version of the last start. Where they are missing, another port is chosen. */
export async function readLastStart(layout: Layout): Promise<{ port: number | null; version: string | null }> {
  const [port, version] = (await readFile(layout.lastStart, 'utf8').catch(() => '')).trim().split(' ');
  return { port: Number(port) || null, version: version ?? null };
}
