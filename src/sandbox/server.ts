import { readFile } from 'node:fs/promises';
import { systemCode } from '../errors.js';
import { serverAccount } from './account.js';
import { bundledVersion, installBinaries, nativeFolderName, programsIn } from './binaries.js';
import { ensureCluster, isComplete, SANDBOX_NAME } from './cluster.js';
import { launch, readLastStart } from './launch.js';
import { withLock } from './lock.js';
import { type Layout, layoutOf, preparePlace, type SandboxPlace } from './place.js';
import { endPostmaster, findPostmaster } from './postmaster.js';
import { discard, removeLeftovers } from './scratch.js';
import { asSandboxError, exists } from './trouble.js';

export interface SandboxState {
  /** True where the server takes connections now. */
  running: boolean;
  /** PostgreSQL's version, such as `18.4`: the running server's, else the one that would be started. */
  version: string;
  port: number | null;
  pid: number | null;
  dataDir: string;
  /** With the password; null where the server does not run. */
  url: string | null;
  startedAt: Date | null;
}

export interface StartOptions {
  signal?: AbortSignal | undefined;
  /** PostgreSQL settings besides or instead of the usual ones, such as `fsync: 'off'`. A server that runs keeps its own. */
  settings?: Record<string, string> | undefined;
}

/**
 * Starts the sandbox, or finds the one that runs. The server outlives this process and is shared by all of this user's.
 * @throws SmsfoodError SANDBOX_FAILED, LOCKED; the signal's reason where that ended it, leaving nothing half made.
 */
export async function startSandbox(place: SandboxPlace, options: StartOptions = {}): Promise<SandboxState> {
  const { signal, settings = {} } = options;
  return guarded(place, async () => {
    signal?.throwIfAborted();
    const running = await stateOf(place);
    if (running.running) return running;
    const account = await serverAccount((await layout(place)).data);
    await preparePlace(place, account);
    const paths = await layout(place);
    return withLock(paths.lock, signal, async () => {
      const found = await stateOf(place);
      if (found.running) return found;
      await removeLeftovers(paths.root, 'native-', nativeFolderName());
      const binaries = await installBinaries(paths.root);
      if (!(await isComplete(paths))) await stopServer(paths);
      await ensureCluster(paths, binaries, account, signal);
      await launch(paths, binaries, account, { settings, signal });
      return stateOf(place);
    });
  });
}

/** Stops the sandbox's server. False where none was running. */
export async function stopSandbox(place: SandboxPlace): Promise<boolean> {
  return guarded(place, async () => {
    const paths = await layout(place);
    if (!(await exists(paths.root))) return false;
    return withLock(paths.lock, undefined, () => stopServer(paths));
  });
}

/** What is there and whether it runs. Starts and changes nothing. */
export async function sandboxState(place: SandboxPlace): Promise<SandboxState> {
  return guarded(place, () => stateOf(place));
}

/** Stops the server and deletes its data for good. The next start makes new ones, with another port and password. */
export async function resetSandbox(place: SandboxPlace): Promise<void> {
  await guarded(place, async () => {
    const paths = await layout(place);
    if (!(await exists(paths.root))) return;
    await withLock(paths.lock, undefined, async () => {
      await stopServer(paths);
      await discard(paths.cluster);
      await removeLeftovers(paths.root, 'native-', '');
    });
  });
}

async function stateOf(place: SandboxPlace): Promise<SandboxState> {
  const paths = await layout(place);
  const [found, password] = await Promise.all([findPostmaster(paths.data), readPassword(paths)]);
  if (!found?.isReady || found.port === null || password === null) {
    const version = bundledVersion();
    return { running: false, version, port: null, pid: null, dataDir: place.dataDir, url: null, startedAt: null };
  }
  const { pid, port, startedAt } = found;
  const version = (await readLastStart(paths)).version ?? bundledVersion();
  const url = `postgresql://${SANDBOX_NAME}:${password}@127.0.0.1:${port}/${SANDBOX_NAME}`;
  return { running: true, version, port, pid, dataDir: place.dataDir, url, startedAt };
}

async function readPassword(paths: Layout): Promise<string | null> {
  try {
    return await readFile(paths.password, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return null;
    throw error;
  }
}

async function stopServer(paths: Layout): Promise<boolean> {
  const found = await findPostmaster(paths.data);
  if (found) await endPostmaster(paths.data, found.pid, programsIn(paths.root).pgCtl);
  return found !== null;
}

function layout(place: SandboxPlace): Promise<Layout> {
  return layoutOf(place, bundledVersion().split('.')[0] ?? '');
}

async function guarded<T>(place: SandboxPlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asSandboxError(error, place.dataDir);
  }
}
