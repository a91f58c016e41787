import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type Generation, templateOf } from './global-setup.js';
import { smsfood } from './run.js';

/** A database of a test's own, cloned from a template. */
export interface TestDatabase {
  url: string;
  name: string;
  /** Runs SQL; several statements where no values are given. */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>>;
  /** Another connection, closed with the database. */
  connect(): Promise<pg.Client>;
  /** The URL of the same database for another role. */
  urlFor(role: string, password: string): string;
  drop(): Promise<void>;
}

/** Clones a template; the caller drops the clone. */
export function cloneDatabase(generation: Generation = 'production'): Promise<TestDatabase> {
  return clone(templateOf(generation, 'without ops'));
}

/** The same with the schema ops, as `smsfood db install` leaves it. */
export function cloneWithOps(generation: Generation = 'production'): Promise<TestDatabase> {
  return clone(templateOf(generation, 'with ops'));
}

async function clone(template: string): Promise<TestDatabase> {
  const server = inject('serverUrl');
  const name = `smsfood_test_${randomBytes(6).toString('hex')}`;
  await onServer(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  const clients: pg.Client[] = [];
  const connect = async () => {
    const client = new pg.Client({ connectionString: url.toString(), options: '-c TimeZone=UTC' });
    client.on('error', () => undefined); // the database may go away under a test that asks for it
    await client.connect();
    clients.push(client);
    return client;
  };
  const main = await connect();
  return {
    url: url.toString(),
    name,
    query: (text, values) => main.query(text, values),
    connect,
    urlFor(role, password) {
      const other = new URL(url);
      other.username = role;
      other.password = password;
      return other.toString();
    },
    async drop() {
      await Promise.allSettled(clients.map((client) => client.end()));
      await onServer(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** Installs the schema ops in a database that has been without it. */
export async function installOps(database: TestDatabase): Promise<void> {
  const { code, stderr } = await smsfood(['db', 'install'], { env: { DATABASE_URL: database.url } });
  if (code !== 0) throw new Error(`ops is not installed: ${stderr}`);
}

export async function onServer<T>(server: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const url = new URL(server);
  url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.toString() });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
