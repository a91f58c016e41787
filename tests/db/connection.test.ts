import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { parseDatabaseUrl } from '../../src/db/url.js';
import { cloneDatabase, onServer, type TestDatabase } from '../harness/database.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';

/** One check is enough, and reads one file instead of them all. */
const ONE = 'customers.totals-negative';
const PASSWORD = 'Tr0ub4dor&3 /@:%';
const ENCODED = encodeURIComponent(PASSWORD);
let database: TestDatabase;
let role: string;

beforeAll(async () => {
  database = await cloneDatabase();
  role = `${database.name}_reader`;
  await database.query(
    `CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
  );
});

afterAll(async () => {
  await database.drop();
  await onServer(inject('serverUrl'), (client) => client.query(`DROP ROLE IF EXISTS ${role}`));
});

/** The URL of the test database with parts of it replaced. */
function urlWith(
  parts: Partial<Record<'username' | 'password' | 'hostname' | 'port' | 'pathname' | 'search', string>>,
): string {
  return Object.assign(new URL(database.url), { username: role, password: ENCODED, ...parts }).toString();
}

/** Runs a check against a URL that does not work, and checks that no form of the password is told. */
async function trouble(url: string, config: Record<string, unknown> = {}) {
  const cwd = temporaryFolder({ 'smsfood.config.json': JSON.stringify(config) });
  const [check, doctor] = await Promise.all([
    smsfood(['check', ONE, '--verbose'], { env: { DATABASE_URL: url }, cwd }),
    smsfood(['doctor', '--verbose', '--format', 'json'], { env: { DATABASE_URL: url }, cwd }),
  ]);
  const everything = check.stdout + check.stderr + doctor.stdout + doctor.stderr;
  for (const secret of [PASSWORD, ENCODED, 'Tr0ub4dor', 'wrong-one']) expect(everything).not.toContain(secret);
  expect(everything).not.toContain('this is a bug');
  expect(check.stdout).toBe('');
  expect(doctor.code).toBe(check.code);
  const error = check.stderr.split('\n').find((line) => line.startsWith('error: ')) ?? check.stderr;
  const hint = check.stderr.trimEnd().split('\n').at(-1) ?? '';
  return { code: check.code, error, hint, doctor };
}

describe('a database that cannot be reached', () => {
  it('refuses the connection', async () => {
    const port = await freePort();
    const { code, error, doctor } = await trouble(urlWith({ hostname: '127.0.0.1', port: String(port) }));
    expect(code).toBe(3);
    expect(error).toBe(
      `error: Nothing answers at 127.0.0.1:${port} (DATABASE_URL): connection refused. [DB_UNREACHABLE]`,
    );
    expect(JSON.parse(doctor.stdout).findings).toEqual([
      {
        database: 'DATABASE_URL',
        title: 'connection',
        status: 'fail',
        detail: expect.stringContaining('connection refused'),
        fix: expect.any(String),
      },
    ]);
  });

  it('refuses it on every address of a name', async () => {
    const { code, error } = await trouble(urlWith({ hostname: 'localhost', port: String(await freePort()) }));
    expect(code).toBe(3);
    expect(error).toMatch(/ connection refused\. \[DB_UNREACHABLE\]$/);
  });

  it('has a host that nobody knows', async () => {
    const { code, error } = await trouble(urlWith({ hostname: 'host.invalid' }));
    expect({ code, error }).toEqual({
      code: 3,
      error: 'error: The host "host.invalid" in DATABASE_URL is not known. [DB_HOST_UNKNOWN]',
    });
  });

  it('refuses the password', async () => {
    const { code, error, hint } = await trouble(urlWith({ password: 'wrong-one' }));
    expect(code).toBe(3);
    expect(error).toMatch(
      new RegExp(`^error: The server at .* refuses the user "${role}" or its password\\. \\[DB_AUTH_FAILED\\]$`),
    );
    expect(hint).toContain('percent-encoded');
  });

  it('asks for a password where the URL has none', async () => {
    const { code, error } = await trouble(urlWith({ password: '' }));
    expect(code).toBe(3);
    expect(error).toMatch(/asks for a password and DATABASE_URL has none\. \[DB_AUTH_FAILED\]$/);
  });

  it('leaves no connection half way through its log-in, which would hold up every DROP DATABASE', async () => {
    await trouble(urlWith({ password: '' }));
    await onServer(inject('serverUrl'), async (client) => {
      await client.query('CREATE DATABASE smsfood_test_droppable');
      await client.query(`SET statement_timeout = '20s'`); // a log-in that is left alone lasts a minute
      await client.query('DROP DATABASE smsfood_test_droppable');
    });
  });

  it('does not know the role', async () => {
    const { code, error } = await trouble(urlWith({ username: 'nobody_of_this_name' }));
    expect(code).toBe(3);
    expect(error).toMatch(/refuses the user "nobody_of_this_name".*\[DB_AUTH_FAILED\]$/);
  });

  it('does not exist', async () => {
    const { code, error } = await trouble(urlWith({ pathname: '/no_such_database' }));
    expect(code).toBe(3);
    expect(error).toMatch(/^error: There is no database "no_such_database" at .* \[DB_NOT_FOUND\]$/);
  });

  it('listens and says nothing', async () => {
    const port = await listening(() => undefined);
    const started = performance.now();
    const { code, error, hint } = await trouble(urlWith({ hostname: '127.0.0.1', port: String(port) }), {
      database: { connectTimeout: '500ms' },
    });
    expect(code).toBe(3);
    expect(error).toBe(`error: No connection to 127.0.0.1:${port} (DATABASE_URL) in time. [DB_TIMEOUT]`);
    expect(hint).toContain('database.connectTimeout');
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('hangs up', async () => {
    const port = await listening((socket) => socket.destroy());
    const { code, error } = await trouble(urlWith({ hostname: '127.0.0.1', port: String(port) }));
    expect(code).toBe(3);
    expect(error).toMatch(/^error: No connection to 127\.0\.0\.1:.* \[DB_UNREACHABLE\]$/);
  });

  it('is something else, asked for TLS or not', async () => {
    const port = await listening((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const plain = await trouble(urlWith({ hostname: '127.0.0.1', port: String(port) }));
    expect(plain.code).toBe(3);
    expect(plain.error).toMatch(/\[DB_UNREACHABLE\]$/);
    const tls = await trouble(urlWith({ hostname: '127.0.0.1', port: String(port), search: '?sslmode=require' }));
    expect(tls.code).toBe(3);
    expect(tls.error).toMatch(/the server speaks neither TLS nor PostgreSQL\. \[DB_TLS\]$/);
  });

  it('has no connection left', async () => {
    await database.query(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
    onTestFinished(async () => void (await database.query(`ALTER ROLE ${role} CONNECTION LIMIT -1`)));
    const { code, error, hint } = await trouble(urlWith({}));
    expect(code).toBe(3);
    expect(error).toMatch(/ has no connection left to give\. \[DB_UNREACHABLE\]$/);
    expect(hint).toContain('--jobs');
  });

  it('is interrupted while it does not answer', async () => {
    const port = await listening(() => undefined);
    const controller = new AbortController();
    const { SmsfoodError } = await import('../../src/errors.js');
    const env = { DATABASE_URL: urlWith({ hostname: '127.0.0.1', port: String(port) }) };
    for (const command of ['check', 'doctor']) {
      const running = smsfood([command], { env, signal: controller.signal });
      const started = performance.now();
      controller.abort(new SmsfoodError('INTERRUPTED', 'Interrupted.'));
      expect(await running).toEqual({ code: 130, stdout: '', stderr: 'error: Interrupted. [INTERRUPTED]\n' });
      expect(performance.now() - started).toBeLessThan(5_000); // connectTimeout is ten seconds
    }
  });
});

describe('a URL that is none of PostgreSQL', () => {
  it.each([
    ['Tr0ub4dor', 'is not a valid URL'],
    ['postgresql://alice:Tr0ub4dor/x@h/shop', 'is not a valid URL'],
    ['postgresql://alice:Tr0ub4dor@h:99999/shop', 'is not a valid URL'],
    ['mysql://alice:Tr0ub4dor@h/shop', 'starts with "mysql:", which is not PostgreSQL'],
    ['https://alice:Tr0ub4dor@h/shop', 'starts with "https:", which is not PostgreSQL'],
    ['postgresql://alice:Tr0ub4dor%@h/shop', 'has a "%" that starts no percent-encoded character'],
    ['postgresql://al%ice:Tr0ub4dor@h/shop', 'has a "%" that starts no percent-encoded character'],
    ['postgresql://alice:Tr0ub4dor@h/shop?sslmode=requier', 'sslmode "requier" is not known'],
    [
      'postgresql://alice:Tr0ub4dor@h/shop?sslmode=verify-ca',
      'sslmode=verify-ca needs the certificate of the authority',
    ],
  ])('%s is wrong configuration, and not repeated', async (url, sentence) => {
    for (const name of ['DATABASE_URL', 'DIRECT_URL', 'REPLICA_URL']) {
      const { code, stdout, stderr } = await smsfood(['check', ONE], {
        env: { DATABASE_URL: database.url, [name]: url },
      });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^error: .* \[CONFIG_INVALID\]\n/);
      expect(stderr).toContain(name);
      expect(stderr).toContain(sentence);
      expect(stderr).not.toContain('Tr0ub4dor');
    }
  });

  it('a certificate that cannot be read is told from a server that is not there', async () => {
    const { code, stderr } = await smsfood(['check'], {
      env: { DATABASE_URL: `${database.url}?sslmode=verify-full&sslrootcert=/no/such/ca.pem` },
    });
    expect(code).toBe(3);
    expect(stderr).toMatch(/A certificate that DATABASE_URL names cannot be read: .*ca\.pem.* \[DB_TLS\]/);
  });
});

describe('a URL that works', () => {
  it.each([
    ['a password with every special character', ''],
    [
      "Prisma's parameters",
      '?schema=public&pgbouncer=true&connection_limit=1&pool_timeout=5&connect_timeout=3&sslaccept=strict',
    ],
    ['a schema of its own', '?schema=elsewhere'],
  ])('may have %s', async (_name, search) => {
    const { code, stdout, stderr } = await smsfood(['check', ONE, '--format', 'json'], {
      env: { DATABASE_URL: urlWith({ search }) },
    });
    expect(stderr).toBe('');
    const { results, exitCode } = JSON.parse(stdout);
    expect(exitCode).toBe(code);
    expect(results).toEqual([expect.objectContaining({ status: search.includes('elsewhere') ? 'error' : 'pass' })]);
  });

  it('is read as psql and Prisma read it', () => {
    const url = parseDatabaseUrl(
      'postgres://al%40ice:p@db.example/shop%20x?schema=food&application_name=other&sslmode=prefer',
      'DATABASE_URL',
    );
    expect(url).toMatchObject({
      host: 'db.example',
      port: '5432',
      user: 'al@ice',
      database: 'shop x',
      schema: 'food',
      tlsOptional: true,
    });
    expect(url.connectionString).not.toMatch(/schema|application_name/);
    expect(parseDatabaseUrl('postgresql://alice@/shop?host=/run/postgresql', 'x')).toMatchObject({
      host: '/run/postgresql',
      database: 'shop',
    });
    expect(parseDatabaseUrl('postgresql://alice@h', 'x')).toMatchObject({
      database: 'alice',
      schema: 'public',
      tlsOptional: false,
    });
  });
});

async function listening(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return portOf(server);
}

/** A port on which nothing listens any more. */
async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const port = portOf(server);
  await once(server.close(), 'close');
  return port;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  return address.port;
}
