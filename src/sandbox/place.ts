import { accessSync, constants, existsSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { SmsfoodError, systemCode } from '../errors.js';
import type { Account } from './account.js';
import { messageOf } from './trouble.js';

/** Where a sandbox lives. Everything it keeps is in one subfolder, `sandbox`, so that no other file is ever touched. */
export interface SandboxPlace {
  dataDir: string;
}

/** The paths inside a place. */
export interface Layout {
  root: string;
  lock: string;
  /** What belongs to one server: made in one rename, so either all of it is there or none. */
  cluster: string;
  /** PGDATA. */
  data: string;
  password: string;
  /** Holds the port, to be used again, and the version of the last start. */
  lastStart: string;
  log: string;
}

/**
 * The data folder that these settings ask for: SMSFOOD_DATA_DIR, or the user's own data folder. For root that is
 * /var/lib/smsfood, because the server runs as another account there, which may not enter root's home folder. Where
 * that cannot be made (a read-only or missing home folder) it is a folder of this user's in the temporary folder.
 */
export async function sandboxHome(env: Record<string, string | undefined>): Promise<string> {
  if (env.SMSFOOD_DATA_DIR) return path.resolve(env.SMSFOOD_DATA_DIR);
  const uid = process.getuid?.();
  const usual = uid === 0 ? '/var/lib/smsfood' : await userFolder();
  return usual !== null && isCreatable(usual) ? usual : path.join(os.tmpdir(), `smsfood-${uid ?? 'data'}`);
}

// Imported here because env-paths throws while it loads where a user has no home folder at all (a bare uid in a container).
async function userFolder(): Promise<string | null> {
  const envPaths = await import('env-paths').catch(() => null);
  return envPaths?.default('smsfood', { suffix: '' }).data ?? null;
}

function isCreatable(folder: string): boolean {
  if (existsSync(folder)) return true;
  let parent = path.dirname(folder);
  while (!existsSync(parent) && parent !== path.dirname(parent)) parent = path.dirname(parent);
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The paths of a place for one major version of PostgreSQL: another major cannot read its data, so it gets its own. */
export async function layoutOf(place: SandboxPlace, major: string): Promise<Layout> {
  // Resolved, because the server is recognised by the path that its command line shows.
  const dataDir = await realpath(place.dataDir).catch(() => path.resolve(place.dataDir));
  const root = path.join(dataDir, 'sandbox');
  const cluster = path.join(root, `postgres-${major}`);
  return {
    root,
    lock: path.join(root, 'lock'),
    cluster,
    data: path.join(cluster, 'data'),
    password: path.join(cluster, 'password'),
    lastStart: path.join(cluster, 'last-start'),
    log: path.join(cluster, 'server.log'),
  };
}

/**
 * Makes the place's folders, closed to everybody but this user and, where the server runs as another account, to the
 * passage of that account.
 * @throws SmsfoodError SANDBOX_FAILED where they cannot be made or belong to somebody else.
 */
export async function preparePlace(place: SandboxPlace, account: Account | null): Promise<void> {
  const dataDir = path.resolve(place.dataDir);
  const root = path.join(dataDir, 'sandbox');
  try {
    const made = await mkdir(dataDir, { recursive: true, mode: 0o700 });
    if (account && (made !== undefined || (await isClosedAndOurs(dataDir, account)))) await admit(dataDir, account);
    if (account) await requirePassage(dataDir, account);
    await mkdir(root, { mode: 0o700 }).catch((error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
    });
    if ((await stat(root)).uid !== (process.getuid?.() ?? 0)) {
      throw new SmsfoodError(
        'SANDBOX_FAILED',
        `The sandbox folder ${root} belongs to another user.`,
        'Set SMSFOOD_DATA_DIR to a folder of your own.',
      );
    }
    if (account) await admit(root, account);
  } catch (error) {
    if (error instanceof SmsfoodError) throw error;
    throw new SmsfoodError(
      'SANDBOX_FAILED',
      `The sandbox cannot keep its data in ${dataDir}: ${messageOf(error)}`,
      'Set SMSFOOD_DATA_DIR to a folder that you may write to.',
      { cause: error },
    );
  }
}

/** Lets an account pass through a folder without reading or changing it. */
export async function admit(folder: string, account: Account): Promise<void> {
  await chown(folder, (await stat(folder)).uid, account.gid);
  await chmod(folder, 0o710);
}

// A folder given that holds nothing else (mktemp -d makes such) may be opened; any other is its owner's to open.
async function isClosedAndOurs(dataDir: string, account: Account): Promise<boolean> {
  if (await isPassable(dataDir, account)) return false;
  return (await readdir(dataDir)).every((name) => name === 'sandbox');
}

async function isPassable(folder: string, account: Account): Promise<boolean> {
  const { mode, uid, gid } = await stat(folder);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0;
}

async function requirePassage(folder: string, account: Account): Promise<void> {
  const parent = path.dirname(folder);
  if (parent !== folder) await requirePassage(parent, account);
  if (await isPassable(folder, account)) return;
  throw new SmsfoodError(
    'SANDBOX_FAILED',
    `As PostgreSQL refuses root, the sandbox's server runs as user ${account.name}, who may not enter ${folder}.`,
    'Set SMSFOOD_DATA_DIR to a folder that every user may pass through, such as one in /var/lib.',
  );
}
