import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SmsfoodError } from '../errors.js';
import { packageRoot } from '../package-root.js';

/** Folder of the checks that ship with smsfood. */
export function builtInDirectory(): string {
  return join(packageRoot(), 'checks');
}

/** The check files of a folder: `<domain>/<slug>.sql`. Throws USAGE or CHECK_FILE_INVALID where it holds none, or others. */
export function discover(directory: string): { id: string; file: string }[] {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new SmsfoodError(
      'USAGE',
      `There is no folder ${directory}.`,
      'A folder of checks holds <domain>/<slug>.sql files.',
    );
  }
  const found = readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.sql')) // links are files too: so a ConfigMap mounts them
    .map((entry) => ({
      domain: basename(entry.parentPath),
      slug: entry.name.slice(0, -4),
      file: join(entry.parentPath, entry.name),
    }));
  if (found.length === 0) {
    throw new SmsfoodError(
      'USAGE',
      `The folder ${directory} holds no checks.`,
      'A folder of checks holds <domain>/<slug>.sql files.',
    );
  }
  return found.map(({ domain, slug, file }) => {
    if (
      file !== join(directory, domain, `${slug}.sql`) ||
      !/^[a-z][a-z0-9-]*$/.test(domain) ||
      !/^[a-z][a-z0-9-]*$/.test(slug)
    ) {
      throw new SmsfoodError(
        'CHECK_FILE_INVALID',
        `${file} does not lie at <domain>/<slug>.sql with lower-case names below ${directory}.`,
      );
    }
    return { id: `${domain}.${slug}`, file };
  });
}
