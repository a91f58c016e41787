import type { Session } from '../db/session.js';
import type { Check } from './check.js';

interface Relation {
  name: string;
  /** Whether its schema is there. */
  schema: boolean;
  readable: boolean | null;
}

/** What the header's `requires:` takes: a table with its schema, such as `ops.daily_order_stats`. */
export const RELATION = /^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/;

/**
 * Which of the checks cannot be asked here, by id, with the reason: a table that they require is missing, or closed to
 * this role. Looks at the catalog, as the tables themselves may be out of reach.
 */
export async function unmetRequirements(session: Session, checks: readonly Check[]): Promise<Map<string, string>> {
  const names = [...new Set(checks.flatMap(({ requires }) => requires))];
  if (names.length === 0) return new Map();
  const { rows } = await session.query<Relation>(
    `SELECT name, n.oid IS NOT NULL AS schema,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
     FROM unnest($1::text[]) AS name
     LEFT JOIN pg_namespace n ON n.nspname = split_part(name, '.', 1)
     LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = split_part(name, '.', 2)`,
    [names],
  );
  const reasons = new Map(rows.map((relation) => [relation.name, reasonOf(relation)]));
  return new Map(
    checks.flatMap(({ id, requires }) => {
      const reason = requires.map((name) => reasons.get(name)).find((each) => each != null);
      return reason === undefined || reason === null ? [] : [[id, reason] as const];
    }),
  );
}

function reasonOf({ name, schema, readable }: Relation): string | null {
  if (readable === true) return null;
  if (readable === false) return `this role may not read ${name}`;
  if (!name.startsWith('ops.')) return `there is no table ${name}`;
  return schema
    ? `the table ${name} is not installed (\`smsfood db install\`)`
    : 'the schema ops is not installed (`smsfood db install`)';
}
