import type { Catalog } from '../catalog/catalog.js';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';

/** The catalog of the database, or what smsfood knows without one. Throws USAGE for a sandbox that nobody would ask. */
export async function loadCatalog(
  context: Context,
  { offline }: { offline: boolean },
): Promise<{ catalog: Catalog; sandbox: boolean }> {
  if (offline && context.options.sandbox === true)
    throw new SmsfoodError('USAGE', 'No database is asked, so --sandbox would be ignored.', 'Leave it out.');
  const { knownCatalog, readCatalog } = await import('../catalog/catalog.js');
  if (offline) return { catalog: knownCatalog(), sandbox: false };
  const { reading, limits, sandbox } = await context.database();
  const catalog = await readCatalog(await reading(), { limits, signal: context.io.signal });
  return { catalog, sandbox };
}
