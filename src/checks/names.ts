import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { builtInDirectory, discover } from './discover.js';

/** What of a check a shell completes. */
export interface CheckName {
  id: string;
  title: string;
  owner: string | null;
  parameters: string[];
}

const PARAMETER = /(\w+)\s*:\s*\{\s*"?(?:integer|number|text(?:\[\])?|interval)"?\s*:/g;

/**
 * The checks of the built-in catalogue and of further folders, by id. Looks at headers only and parses no YAML, which
 * makes it quick enough for every press of Tab, and forgiving: a folder that is none, or holds other files, has no checks.
 */
export function checkNames(directories: readonly string[], cwd: string): CheckName[] {
  const files = [builtInDirectory(), ...directories.map((path) => resolve(cwd, path))].flatMap(discoverQuietly);
  const byId = new Map(files.map(({ id, file }) => [id, file]));
  return [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, file]) => nameOf(id, file));
}

function discoverQuietly(directory: string): ReturnType<typeof discover> {
  try {
    return discover(directory);
  } catch {
    return [];
  }
}

function nameOf(id: string, file: string): CheckName {
  const header = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('--!'))
    .join('\n');
  const value = (key: string) => new RegExp(`^--!\\s*${key}:\\s*(.+)$`, 'm').exec(header)?.[1]?.trim();
  const [, parameters = ''] = header.split(/^--!\s*params:/m);
  return {
    id,
    title: value('title') ?? '',
    owner: value('owner') ?? null,
    parameters: [...parameters.matchAll(PARAMETER)].map(([, name = '']) => name),
  };
}
