import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SmsfoodError, systemCode } from '../errors.js';
import type { Dimension, Level } from './check.js';

export interface NewCheck {
  id: string;
  dir: string;
  entity?: string | undefined;
  dimension: Dimension;
  level: Level;
  cwd: string;
}

/** The tables behind the domains of the catalogue, where their names differ. */
const TABLES: Readonly<Record<string, string>> = {
  businesses: 'business_customers',
  'list-members': 'customer_list_members',
  phones: 'phone_number_inventory',
  sms: 'sms_logs',
};

/** Writes the template of a check. Returns its path. Throws USAGE for an id of another form, FILE_EXISTS rather than overwrite. */
export async function createCheckFile({ id, dir, entity, dimension, level, cwd }: NewCheck): Promise<string> {
  const match = /^([a-z][a-z0-9-]*)\.([a-z][a-z0-9-]*)$/.exec(id);
  const [, domain, slug] = match ?? [];
  if (domain === undefined || slug === undefined) {
    throw new SmsfoodError(
      'USAGE',
      `"${id}" is no id for a check.`,
      'It is <domain>.<slug> in lower case, such as orders.tip-negative.',
    );
  }
  const file = join(resolve(cwd, dir), domain, `${slug}.sql`);
  const table = entity ?? TABLES[domain] ?? domain.replaceAll('-', '_');
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, template(table, dimension, level, slug), { flag: 'wx' });
  } catch (error) {
    if (systemCode(error) === 'EEXIST') {
      throw new SmsfoodError('FILE_EXISTS', `${file} exists already.`, 'Choose another id, or edit that file.');
    }
    throw new SmsfoodError('FILE_NOT_WRITTEN', `${file} cannot be written.`, 'Is the folder writable?', {
      cause: error,
    });
  }
  return file;
}

function template(table: string, dimension: Dimension, level: Level, slug: string): string {
  return `--! title: ${slug.charAt(0).toUpperCase()}${slug.slice(1).replaceAll('-', ' ')}
--! dimension: ${dimension}
--! level: ${level}            # or thresholds: fail: "> 0.1%" and warn: "> 0"
--! entity: ${table}
--! key: id
--! owner: operations
--! why: What goes wrong for whom when this is violated.
--! remedy: What the person who is called should do.
--! params: {age: {interval: 24 hours}}
-- Its rows are the violations. :now, :timezone, :sold, :categories and :tags are always there.
SELECT id, "createdAt"
FROM ${table}
WHERE "createdAt" < :now - :age
`;
}
