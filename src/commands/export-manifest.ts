import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import type { Manifest } from '../exports/manifest.js';

/** Reads a manifest, and says where its file lies. The file's own name does as well. */
export async function readManifest(context: Context, name: string): Promise<{ manifest: Manifest; file: string }> {
  const { parseManifest } = await import('../exports/manifest.js');
  const given = resolve(context.io.cwd, name);
  const path = given.endsWith('.json') ? given : `${given}.manifest.json`;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new SmsfoodError(
      'MANIFEST_INVALID',
      `The manifest ${path} cannot be read.`,
      'Give the FILE.manifest.json that `smsfood export` wrote beside the file.',
      { cause: error },
    );
  });
  const manifest = parseManifest(text, path);
  return { manifest, file: join(dirname(path), manifest.file) };
}
