import { SmsfoodError } from '../errors.js';

export interface DatabaseUrl {
  /** What node-postgres understands; Prisma's own parameters are taken out. */
  connectionString: string;
  /** Where the URL comes from, for messages: `DATABASE_URL`, `--sandbox`. */
  name: string;
  host: string;
  port: string;
  database: string;
  user: string;
  /** Schema that holds the platform's tables (Prisma's `?schema=`). */
  schema: string;
  /** TLS is wanted but may be missing (libpq's `sslmode=prefer`). */
  tlsOptional: boolean;
}

/** Parameters that Prisma reads from the URL and that PostgreSQL or node-postgres would not understand. */
const PRISMA_PARAMETERS = [
  'schema',
  'pgbouncer',
  'connection_limit',
  'pool_timeout',
  'socket_timeout',
  'connect_timeout',
  'statement_cache_size',
  'single_use_connections',
  'sslaccept',
];

/** Reads a PostgreSQL URL as psql and Prisma would. Throws CONFIG_INVALID without repeating the URL: it may hold a password. */
export function parseDatabaseUrl(url: string, name: string): DatabaseUrl {
  const example = 'It looks like postgresql://user:password@host:5432/database.';
  if (!URL.canParse(url)) throw new SmsfoodError('CONFIG_INVALID', `${name} is not a valid URL.`, example);
  const parsed = new URL(url);
  if (!['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    const scheme = parsed.protocol.slice(0, -1);
    throw new SmsfoodError('CONFIG_INVALID', `${name} starts with "${scheme}:", which is not PostgreSQL.`, example);
  }
  const schema = parsed.searchParams.get('schema') ?? 'public';
  for (const key of PRISMA_PARAMETERS) parsed.searchParams.delete(key);
  const sslmode = parsed.searchParams.get('sslmode');
  if (sslmode === 'allow') parsed.searchParams.set('sslmode', 'prefer');
  // The same URL must mean the same here as in psql: node-postgres alone reads `require` as `verify-full`.
  if (sslmode !== null) parsed.searchParams.set('uselibpqcompat', 'true');
  return {
    connectionString: parsed.toString(),
    name,
    host: parsed.searchParams.get('host') ?? (decodeURIComponent(parsed.hostname) || 'localhost'),
    port: parsed.port || '5432',
    database: decodeURIComponent(parsed.pathname.slice(1)) || decodeURIComponent(parsed.username) || 'postgres',
    user: decodeURIComponent(parsed.username),
    schema,
    tlsOptional: sslmode === 'prefer' || sslmode === 'allow',
  };
}

/** The same place without TLS. */
export function withoutTls(url: DatabaseUrl): DatabaseUrl {
  const parsed = new URL(url.connectionString);
  parsed.searchParams.set('sslmode', 'disable');
  return { ...url, connectionString: parsed.toString(), tlsOptional: false };
}

/** `host:port/database`, as outputs name it. */
export function placeOf({ host, port, database }: DatabaseUrl): string {
  return `${host}:${port}/${database}`;
}
