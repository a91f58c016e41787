import { SmsfoodError } from '../errors.js';
import { couldNot } from './errors.js';
import { opsStatus } from './migrations.js';
import type { Pool } from './pool.js';
import { type Access, inSession, type Session } from './session.js';

/** Work that may change rows. */
export interface Writing extends Access {
  /** Tables of the platform that it may have to change. */
  writes: readonly string[];
  /** Those in which it may have to create rows. */
  creates?: readonly string[];
}

/** Throws OPS_NOT_INSTALLED where a table of the toolkit's own is missing: none of them is, or it came with a later version. */
export async function requireOps(pool: Pool, table: string, { limits, signal }: Access): Promise<void> {
  await inSession(pool, { mode: 'read', limits, signal }, (session) => requireOpsIn(session, table)).catch(
    couldNot('look for the schema ops', signal),
  );
}

/** The same in a session of the caller's. */
export async function requireOpsIn(session: Session, table: string): Promise<void> {
  const { rows } = await session.query<{ installed: boolean }>('SELECT to_regclass($1) IS NOT NULL AS installed', [
    `ops.${table}`,
  ]);
  if (rows[0]?.installed === true) return;
  throw new SmsfoodError(
    'OPS_NOT_INSTALLED',
    `This needs the table ops.${table}, which is not installed in this database.`,
    'Install or complete the schema ops with `smsfood db install`.',
  );
}

/**
 * A read-only role or a standby is told so before anything is planned: throws OPS_NOT_INSTALLED where changes could not be
 * logged, DB_PERMISSION where they or the tables of `writes` could not be written, DB_QUERY_FAILED where such a table is
 * missing.
 */
export async function requireWritable(pool: Pool, options: Writing): Promise<void> {
  await requireOps(pool, 'change_log', options);
  const privileges = await readPrivileges(pool, options);
  if (privileges.missing.length > 0)
    throw new SmsfoodError(
      'DB_QUERY_FAILED',
      `Nothing was changed: this database has no table ${privileges.missing.join(', ')}.`,
      "Is it the platform's, and the schema of the URL the right one? `smsfood sandbox seed` fills a sandbox.",
    );
  const refusal = refusalOf(privileges);
  if (refusal !== null)
    throw new SmsfoodError(
      'DB_PERMISSION',
      `Nothing was changed: ${refusal}.`,
      'Use a role that may write, on the primary server; `smsfood doctor` shows what this one may do.',
    );
  await requireComplete(pool, options);
}

interface Privileges {
  standby: boolean;
  missing: string[];
  ledger: boolean;
  refused: string[];
}

async function readPrivileges(pool: Pool, { writes, creates = [], limits, signal }: Writing): Promise<Privileges> {
  return inSession(pool, { mode: 'read', limits, signal }, async (session) => {
    const { rows } = await session.query<Privileges>(
      `SELECT pg_is_in_recovery() AS standby,
         has_schema_privilege('ops', 'USAGE') AND has_table_privilege('ops.runs', 'INSERT, UPDATE')
           AND has_table_privilege('ops.change_log', 'INSERT') AS ledger,
         ARRAY(SELECT privilege || ' ' || name FROM (
                 SELECT 'update' AS privilege, unnest($1::text[]) AS name UNION ALL SELECT 'insert into', unnest($2::text[])
               ) AS wanted
               WHERE NOT has_table_privilege(to_regclass(quote_ident(current_schema()) || '.' || quote_ident(name)), split_part(privilege, ' ', 1))
         ) AS refused,
         ARRAY(SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(quote_ident(current_schema()) || '.' || quote_ident(name)) IS NULL) AS missing`,
      [writes, creates],
    );
    const [privileges] = rows;
    if (privileges === undefined) throw new Error('the privileges have no row');
    return privileges;
  }).catch(couldNot('ask what this role may do', signal));
}

function refusalOf({ standby, ledger, refused }: Privileges): string | null {
  if (standby) return 'this server is a standby';
  if (!ledger) return 'this role may not write to the schema ops';
  return refused.length > 0 ? `this role may not ${refused.join(', ')}` : null;
}

/** The schema ops of an older version lacks columns of tables that it has. */
async function requireComplete(pool: Pool, { limits, signal }: Access): Promise<void> {
  const { pending } = await opsStatus(pool, { limits, signal });
  if (pending.length === 0) return;
  throw new SmsfoodError(
    'OPS_NOT_INSTALLED',
    `Nothing was changed: the schema ops is that of an older version and lacks ${pending.join(', ')}.`,
    'Complete it with `smsfood db install`.',
  );
}
