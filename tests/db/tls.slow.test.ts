import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SandboxState, startSandbox, stopSandbox } from '../../src/sandbox/server.js';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { smsfood } from '../harness/run.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const CHECK = ['check', 'schema.drift', '--format', 'json'];

async function run(url: string) {
  const { code, stdout, stderr } = await smsfood(CHECK, { env: { DATABASE_URL: url } });
  expect(stdout + stderr).not.toContain(new URL(url).password);
  return { code, stdout, error: stderr.split('\n')[0] ?? '' };
}

function withParameters(url: string, parameters: Record<string, string>): string {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(parameters)) changed.searchParams.set(name, value);
  return changed.toString();
}

// A server that TEST_DATABASE_URL names may well speak TLS.
describe.skipIf(process.env.TEST_DATABASE_URL)('a server without TLS', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await cloneDatabase();
  });
  afterAll(() => database.drop());

  it.each(['require', 'no-verify', 'verify-full'])('is refused with sslmode=%s', async (sslmode) => {
    const { code, stdout, error } = await run(withParameters(database.url, { sslmode }));
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(error).toMatch(/^error: No TLS connection to .*: the server does not speak TLS\. \[DB_TLS\]$/);
  });

  it.each(['prefer', 'allow', 'disable'])('is used in plain text with sslmode=%s', async (sslmode) => {
    const { code, error } = await run(withParameters(database.url, { sslmode }));
    expect({ code, error }).toEqual({ code: 0, error: '' });
  });
});

describe.skipIf(!hasOpenssl)('a server with a certificate of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'smsfood-tls-'));
  const place = { dataDir: join(folder, 'data') };
  const certificate = join(folder, 'server.crt');
  let state: SandboxState;
  let url = '';

  beforeAll(async () => {
    const key = join(folder, 'server.key');
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
        '-keyout',
        key,
        '-out',
        certificate,
      ],
      { stdio: 'ignore' },
    );
    // The first start makes the cluster, whose owner is who must own the key.
    chmodSync(folder, 0o755);
    state = await startSandbox(place, { settings: { fsync: 'off' } });
    const data = join(place.dataDir, 'sandbox', 'postgres-18', 'data');
    await stopSandbox(place);
    for (const file of [key, certificate]) {
      const copy = join(data, file === key ? 'server.key' : 'server.crt');
      copyFileSync(file, copy);
      chownSync(copy, statSync(data).uid, statSync(data).gid);
      chmodSync(copy, 0o600);
    }
    state = await startSandbox(place, { settings: { fsync: 'off', ssl: 'on' } });
    const changed = new URL(state.url ?? '');
    changed.hostname = 'localhost';
    url = changed.toString();
  });
  afterAll(async () => {
    await stopSandbox(place);
    rmSync(folder, { recursive: true, force: true });
  });

  // The sandbox's own tables are not there: what counts is that the server was asked.
  const REACHED = { code: 1, error: '' };

  it.each(['require', 'prefer', 'no-verify'])('is used, encrypted, with sslmode=%s', async (sslmode) => {
    const { code, error } = await run(withParameters(url, { sslmode }));
    expect({ code, error }).toEqual(REACHED);
  });

  it('is refused with sslmode=verify-full, as nobody vouches for it', async () => {
    const { code, stdout, error } = await run(withParameters(url, { sslmode: 'verify-full' }));
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(error).toMatch(
      /^error: No TLS connection to localhost:.*: the certificate was not accepted \(.*SELF_SIGNED.*\)\. \[DB_TLS\]$/,
    );
  });

  it('is accepted with the certificate that vouches for it, for its own name only', async () => {
    for (const sslmode of ['verify-full', 'verify-ca', 'require']) {
      const { code, error } = await run(withParameters(url, { sslmode, sslrootcert: certificate }));
      expect({ sslmode, code, error }).toEqual({ sslmode, ...REACHED });
    }
    const byAddress = new URL(url);
    byAddress.hostname = '127.0.0.1';
    const { code, error } = await run(
      withParameters(byAddress.toString(), { sslmode: 'verify-full', sslrootcert: certificate }),
    );
    expect(code).toBe(3);
    expect(error).toMatch(/certificate was not accepted \(ERR_TLS_CERT_ALTNAME_INVALID\)\. \[DB_TLS\]$/);
  });

  it('is really encrypted', async () => {
    const { openPool } = await import('../../src/db/pool.js');
    const { parseDatabaseUrl } = await import('../../src/db/url.js');
    for (const [sslmode, ssl] of [
      ['require', true],
      ['disable', false],
      ['prefer', true],
    ] as const) {
      const pool = await openPool(parseDatabaseUrl(withParameters(url, { sslmode }), 'x'), {
        applicationName: 'x',
        connectTimeoutMs: 3000,
        max: 1,
      });
      const { rows } = await pool.pg.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
      await pool.pg.end();
      expect({ sslmode, rows }).toEqual({ sslmode, rows: [{ ssl }] });
    }
  });
});
