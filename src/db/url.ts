import { SmsfoodError } from '../errors.js';
import { suggestion } from '../nearest.js';

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
  const example =
    'It looks like postgresql://USER@HOST:5432/DATABASE, with :PASSWORD behind the user where one is needed.';
  const full = url.replace(/^(\w+:\/\/[^/?#]*@)(?=[/?])/, '$1localhost'); // psql takes user@/database?host=/socket
  if (!URL.canParse(full)) throw new SmsfoodError('CONFIG_INVALID', `${name} is not a valid URL.`, example);
  const parsed = new URL(full);
  if (!isDecodable(parsed))
    throw new SmsfoodError(
      'CONFIG_INVALID',
      `${name} has a "%" that starts no percent-encoded character.`,
      'Write a % in a password as %25.',
    );
  if (!['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    const scheme = parsed.protocol.slice(0, -1);
    throw new SmsfoodError('CONFIG_INVALID', `${name} starts with "${scheme}:", which is not PostgreSQL.`, example);
  }
  // Without the slashes all of it would be the name of the database, and be shown as such, with the password.
  if (!full.includes('://'))
    throw new SmsfoodError('CONFIG_INVALID', `${name} lacks the // behind its scheme.`, example);
  const schema = parsed.searchParams.get('schema') ?? 'public';
  for (const key of [...PRISMA_PARAMETERS, 'application_name']) parsed.searchParams.delete(key);
  const sslmode = readSslMode(parsed.searchParams, name);
  if (sslmode === 'allow') parsed.searchParams.set('sslmode', 'prefer');
  if (sslmode === 'no-verify') parsed.searchParams.set('sslmode', 'require'); // what node-postgres calls libpq's `require`
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

function isDecodable({ username, password, hostname, pathname }: URL): boolean {
  try {
    for (const part of [username, password, hostname, pathname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'no-verify', 'verify-ca', 'verify-full'];

function readSslMode(parameters: URLSearchParams, name: string): string | null {
  const sslmode = parameters.get('sslmode');
  if (sslmode !== null && !SSL_MODES.includes(sslmode)) {
    throw new SmsfoodError(
      'CONFIG_INVALID',
      `${name}: sslmode "${sslmode}" is not known.`,
      suggestion(sslmode, SSL_MODES),
    );
  }
  if (sslmode === 'verify-ca' && !parameters.has('sslrootcert')) {
    throw new SmsfoodError(
      'CONFIG_INVALID',
      `${name}: sslmode=verify-ca needs the certificate of the authority.`,
      'Add sslrootcert=FILE, or use sslmode=verify-full.',
    );
  }
  return sslmode;
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
