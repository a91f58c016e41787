import type { Config } from '../config-schema.js';
import { SmsfoodError } from '../errors.js';
import { PLATFORM_TABLES } from '../personal-data.js';
import { generationOf, readLiveSchema } from './catalog.js';
import { isDirect } from './connection.js';
import { limitsOf } from './database.js';
import { describe } from './errors.js';
import { type OpsStatus, opsStatus } from './migrations.js';
import { openPool, type Pool } from './pool.js';
import { inSession, type Session, type SessionLimits } from './session.js';
import { openSnapshot } from './snapshot.js';
import type { DatabaseUrl } from './url.js';

/** One thing that was looked at. */
export interface Diagnosis {
  title: string;
  status: 'pass' | 'warn' | 'fail';
  /** What was seen. */
  detail: string;
  /** What to do, where something is to be done. */
  fix: string | null;
}

interface Place {
  pool: Pool;
  limits: SessionLimits;
  signal: AbortSignal;
}

type Task = (place: Place) => Promise<Diagnosis>;

/** What is looked at once the database answers, in this order. Each is one file-local function below. */
const TASKS: readonly Task[] = [version, clock, pooler, snapshot, tables, privileges, generation, ops];

/** Reaches a database and looks at everything smsfood relies on. The first trouble with reaching it is thrown. */
export async function diagnose(
  url: DatabaseUrl,
  config: Config,
  applicationName: string,
  signal: AbortSignal,
): Promise<Diagnosis[]> {
  const settings = { applicationName, connectTimeoutMs: config.database.connectTimeout, max: 4 };
  const pool = await openPool(url, settings, signal);
  const limits = limitsOf(config);
  const found: Diagnosis[] = [];
  try {
    for (const task of TASKS) {
      found.push(
        await task({ pool, limits, signal }).catch((error: unknown) => {
          signal.throwIfAborted();
          return { title: task.name, status: 'fail' as const, detail: describe(error), fix: null };
        }),
      );
    }
    return found;
  } finally {
    await pool.pg.end();
  }
}

function read<T>(place: Place, work: (session: Session) => Promise<T>): Promise<T> {
  return inSession(place.pool, { ...place, mode: 'read' }, work);
}

async function version(place: Place): Promise<Diagnosis> {
  const { rows } = await read(place, (session) =>
    session.query<{ number: number; version: string }>(
      `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version`,
    ),
  );
  const major = Math.floor((rows[0]?.number ?? 0) / 10_000);
  const isSupported = major >= 14 && major <= 18;
  return {
    title: 'server version',
    status: isSupported ? 'pass' : 'warn',
    detail: `PostgreSQL ${rows[0]?.version}`,
    fix: isSupported ? null : 'smsfood is tested on PostgreSQL 14 to 18.',
  };
}

async function clock(place: Place): Promise<Diagnosis> {
  const before = Date.now();
  const { rows } = await read(place, (session) =>
    session.query<{ ms: string }>(`SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms`),
  );
  const here = (before + Date.now()) / 2;
  const seconds = (Number(rows[0]?.ms) - here) / 1000;
  const isClose = Math.abs(seconds) < 30;
  return {
    title: 'clock',
    status: isClose ? 'pass' : 'warn',
    detail: `the database's clock is ${Math.abs(seconds).toFixed(1)} s ${seconds < 0 ? 'behind' : 'ahead of'} this machine's`,
    fix: isClose ? null : 'Judgements use the database clock; synchronise the clocks all the same.',
  };
}

async function pooler({ pool }: Place): Promise<Diagnosis> {
  const client = await pool.pg.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const isStraight = isDirect(client, rows[0]?.pid ?? 0);
    return {
      title: 'connection',
      status: isStraight ? 'pass' : 'warn',
      detail: isStraight ? 'straight to the server' : 'through a pooler',
      fix: isStraight
        ? null
        : 'Set DIRECT_URL to a session connection (Supabase: port 5432): snapshots, locks and migrations need one.',
    };
  } finally {
    client.release();
  }
}

async function snapshot({ pool, limits, signal }: Place): Promise<Diagnosis> {
  const opened = await openSnapshot(pool, 2, { limits, signal });
  await opened.end();
  return {
    title: 'shared snapshot',
    status: opened.kind === 'shared' ? 'pass' : 'warn',
    detail: opened.kind === 'shared' ? 'parallel sessions see one instant' : `only one session: ${opened.reason}`,
    fix:
      opened.kind === 'shared'
        ? null
        : 'Checks still run, one after the other. Set DIRECT_URL to a session connection.',
  };
}

async function tables(place: Place): Promise<Diagnosis> {
  const live = await read(place, (session) => readLiveSchema(session, place.pool.url.schema));
  const missing = PLATFORM_TABLES.filter((name) => !live.has(name));
  return {
    title: 'platform tables',
    status: missing.length === 0 ? 'pass' : 'fail',
    detail:
      missing.length === 0
        ? `all ${PLATFORM_TABLES.length} are there`
        : `missing in schema ${place.pool.url.schema}: ${missing.join(', ')}`,
    fix: missing.length === 0 ? null : 'Is this the right database? `smsfood check schema` names every difference.',
  };
}

async function privileges(place: Place): Promise<Diagnosis> {
  const { rows } = await read(place, (session) =>
    session.query<{ role: string; unreadable: string[] | null; writable: number; recovery: boolean }>(
      `SELECT current_user AS role,
         array_agg(c.relname::text ORDER BY c.relname) FILTER (WHERE NOT has_table_privilege(c.oid, 'SELECT')) AS unreadable,
         count(*) FILTER (WHERE has_table_privilege(c.oid, 'UPDATE'))::int AS writable,
         pg_is_in_recovery() AS recovery
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = $1 AND c.relname = ANY ($2::text[])`,
      [place.pool.url.schema, [...PLATFORM_TABLES]],
    ),
  );
  const { role, unreadable, writable = 0, recovery } = rows[0] ?? {};
  const rights =
    recovery === true
      ? 'a standby: it can only be read'
      : writable === 0
        ? 'may read, not write'
        : 'may read and write';
  return {
    title: 'privileges',
    status: unreadable == null ? 'pass' : 'fail',
    detail: unreadable == null ? `role ${role} ${rights}` : `role ${role} may not read ${unreadable.join(', ')}`,
    fix: unreadable == null ? null : `GRANT SELECT ON ALL TABLES IN SCHEMA ${place.pool.url.schema} TO ${role};`,
  };
}

async function generation(place: Place): Promise<Diagnosis> {
  const live = await read(place, (session) => readLiveSchema(session, place.pool.url.schema));
  const which = generationOf(live);
  return {
    title: 'schema generation',
    status: which === 'none' ? 'fail' : 'pass',
    detail:
      which === 'none'
        ? 'there is no table customers'
        : `the ${which === 'newer' ? 'newer generation' : 'generation of production'}`,
    fix: null,
  };
}

async function ops({ pool, limits, signal }: Place): Promise<Diagnosis> {
  const title = 'schema ops';
  let status: OpsStatus;
  try {
    status = await opsStatus(pool, { limits, signal });
  } catch (error) {
    if (!(error instanceof SmsfoodError) || error.code !== 'DB_PERMISSION') throw error;
    // Reading needs no history, so this role may be just the right one.
    const fix = 'To have history, GRANT USAGE ON SCHEMA ops, and SELECT and INSERT on its tables.';
    return { title, status: 'warn', detail: 'closed to this role: no history, no trends', fix };
  }
  const { installed, changed, pending } = status;
  if (!installed) {
    return { title, status: 'warn', detail: 'not installed: no history, no trends', fix: 'smsfood db install' };
  }
  if (changed.length > 0) {
    const detail = `made by other migrations: ${changed.join(', ')}`;
    return { title, status: 'fail', detail, fix: 'Use the version of smsfood that made it.' };
  }
  if (pending.length > 0) {
    return { title, status: 'warn', detail: `incomplete: ${pending.join(', ')}`, fix: 'smsfood db install' };
  }
  return { title, status: 'pass', detail: 'installed and up to date', fix: null };
}
