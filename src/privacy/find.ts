import pg from 'pg';
import { readNow } from '../db/business-clock.js';
import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import { classify, maskColumn } from '../personal-data.js';
import type { Person } from './person.js';
import { type Found, NOTHING_FOUND, PLACES, type Place } from './places.js';

export interface FindOptions {
  /** Rows to list of each table; all are counted. */
  limit: number;
  /** Shows personal values instead of masking them. */
  reveal: boolean;
  limits: SessionLimits;
  signal: AbortSignal;
  onProgress(text: string): void;
}

export interface FoundRow {
  id: string;
  /** Why it is here: the columns that name the person, or what it is of the customer. */
  reasons: string[];
  /** Its personal columns, masked unless `reveal`; empty ones are left out. */
  values: Record<string, string>;
}

export interface FoundTable {
  table: string;
  /** Exact. */
  rows: number;
  /** At most `limit` of them, in the order of their ids. */
  listed: FoundRow[];
}

export interface Findings {
  now: string;
  tables: FoundTable[];
  /** Tables that are not there, such as those of ops where it is not installed: nothing can stand in them. */
  missing: string[];
  /** Tables that this role may not read: nobody knows what stands in them. */
  closed: string[];
  /** Tables with so many rows that what belongs to the later ones was not looked for. */
  cut: string[];
}

/** Every row about a person, on one snapshot. */
export async function findPerson(pool: Pool, person: Person, options: FindOptions): Promise<Findings> {
  return inSession(pool, { ...options, mode: 'read' }, (session) => findIn(session, person, options)).catch(
    couldNot('look for a person', options.signal),
  );
}

async function findIn(session: Session, person: Person, options: FindOptions): Promise<Findings> {
  const columns = await readColumns(session);
  const findings: Findings = { now: await readNow(session), tables: [], missing: [], closed: [], cut: [] };
  let found: Found = NOTHING_FOUND;
  for (const place of PLACES) {
    const present = columns.get(place.table);
    if (present === undefined) findings.missing.push(place.table);
    else if (isClosed(place, columns)) findings.closed.push(place.table);
    else {
      options.onProgress(`Looking through ${place.table}`);
      const { ids, ...table } = await searchPlace(session, place, {
        person,
        found,
        columns: present.names,
        ...options,
      });
      if (place.found !== undefined) found = { ...found, [place.found]: ids };
      if (table.rows > MOST) findings.cut.push(table.table);
      if (table.rows > 0) findings.tables.push(table);
    }
  }
  return findings;
}

/** Whether this role may not read it, or what it is found through. */
function isClosed({ table, needs = [] }: Place, columns: ReadonlyMap<string, Columns>): boolean {
  return [table, ...needs].some((name) => columns.get(name)?.isReadable === false);
}

interface Columns {
  names: ReadonlySet<string>;
  isReadable: boolean;
}

async function readColumns(session: Session): Promise<Map<string, Columns>> {
  const { rows } = await session.query<{ table: string; names: string[]; readable: boolean }>(
    `SELECT CASE n.nspname WHEN 'ops' THEN 'ops.' ELSE '' END || c.relname AS table, array_agg(a.attname::text) AS names,
       bool_and(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')) AS readable
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN (current_schema(), 'ops')
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') GROUP BY 1`,
  );
  return new Map(rows.map(({ table, names, readable }) => [table, { names: new Set(names), isReadable: readable }]));
}

/** Rows of a table that are looked at, and through which others are found: a person has fewer, the number of a business may not. */
const MOST = 10_000;

interface FoundEntry {
  id: string;
  reasons: string[];
  values: Record<string, string | null>;
  total: number;
}

interface Search extends FindOptions {
  person: Person;
  found: Found;
  columns: ReadonlySet<string>;
}

/** `$1` digits, `$2` the address, `$3` the pattern, `$4` what was found before. */
async function searchPlace(
  session: Session,
  place: Place,
  { person, found, columns, limit, reveal }: Search,
): Promise<FoundTable & { ids: string[] }> {
  const { table } = place;
  const conditions = conditionsOf(place, columns);
  const reasons = Object.entries(conditions).map(
    ([reason, sql]) => `CASE WHEN ${sql} THEN ${pg.escapeLiteral(reason)} END`,
  );
  const personal = [...columns].filter((column) => classify(table, column) !== 'plain');
  const values = personal.map((column) => `${pg.escapeLiteral(column)}, ${textOf(place, column)}`);
  const { rows } = await session.query<FoundEntry>(
    `WITH asked AS (SELECT $1::text[], $2::text, $3::text, $4::jsonb)
     SELECT ${place.key} AS id, array_remove(ARRAY[${reasons.join(', ')}]::text[], NULL) AS reasons,
       jsonb_build_object(${values.join(', ')}) AS values, count(*) OVER () AS total
     FROM ${table.split('.').map(pg.escapeIdentifier).join('.')}
     WHERE ${Object.values(conditions).join(' OR ')}
     ORDER BY 1 LIMIT ${MOST}`,
    [person.digits, person.email, person.pattern, JSON.stringify(found)],
  );
  const shown = (column: string, value: string) => (reveal ? value : String(maskColumn(table, column, value)));
  return {
    table,
    rows: rows[0]?.total ?? 0,
    ids: rows.filter((row) => isOwn(row, place)).map(({ id }) => id),
    listed: rows.slice(0, limit).map((row) => ({
      id: row.id,
      reasons: row.reasons,
      values: Object.fromEntries(
        Object.entries(row.values).flatMap(([column, value]) =>
          value === null || value === '' ? [] : [[column, shown(column, value)]],
        ),
      ),
    })),
  };
}

/** A row of somebody else may name the person in a text: what belongs to that row is not the person's. */
function isOwn({ reasons }: FoundEntry, { texts = [] }: Place): boolean {
  return reasons.some((reason) => !texts.includes(reason));
}

/** By the reason that each of them gives: the column that names the person, or what the row is of the customer. */
function conditionsOf(place: Place, columns: ReadonlySet<string>): Record<string, string> {
  const has = (names: readonly string[] | undefined) => (names ?? []).filter((column) => columns.has(column));
  const named = (names: readonly string[], sql: (column: string) => string) =>
    Object.fromEntries(names.map((column) => [column, `coalesce(${sql(pg.escapeIdentifier(column))}, false)`]));
  return {
    ...named(has(place.phones), (column) => `regexp_replace(${column}, '[^0-9]', '', 'g') = ANY ($1::text[])`),
    ...named(has(place.emails), (column) => `lower(btrim(${column}, E' \\t\\n\\r')) = $2::text`),
    ...named(has(place.texts), (column) => `${column}::text ~* $3::text`),
    ...named(has(place.bytes), (column) => `encode(${column}, 'escape') ~* $3::text`),
    ...Object.fromEntries(
      Object.entries(place.related ?? {}).map(([reason, sql]) => [reason, `coalesce(${sql}, false)`]),
    ),
  };
}

/** The value as text; bytes as they are escaped, so that no byte is one that text cannot have. */
function textOf({ bytes = [] }: Place, column: string): string {
  const quoted = pg.escapeIdentifier(column);
  return bytes.includes(column) ? `encode(${quoted}, 'escape')` : `${quoted}::text`;
}
