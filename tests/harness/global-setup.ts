import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { platformMigrations } from '../../src/db/migrations.js';
import { startSandbox, stopSandbox } from '../../src/sandbox/server.js';
import { smsfood } from './run.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A server on which tests may create databases. */
    serverUrl: string;
  }
}

/** Both generations of the platform's schema. */
export const GENERATIONS = ['production', 'newer'] as const;
export type Generation = (typeof GENERATIONS)[number];

/** The templates that test databases are cloned from. */
export const templateOf = (generation: Generation, ops: 'without ops' | 'with ops') =>
  `smsfood_template_${generation}${ops === 'with ops' ? '_ops' : ''}`;

/**
 * One server for the whole run: TEST_DATABASE_URL, whose role must be allowed to create databases and roles, or a
 * private sandbox that goes away afterwards.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined && given !== '') {
    await createTemplates(given);
    project.provide('serverUrl', given);
    return () => dropLeftovers(given);
  }
  const place = { dataDir: mkdtempSync(join(tmpdir(), 'smsfood-test-')) };
  const state = await startSandbox(place, {
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  if (state.url === null) throw new Error('the test server gives no address');
  await createTemplates(state.url);
  project.provide('serverUrl', state.url);
  return async () => {
    await stopSandbox(place);
    rmSync(place.dataDir, { recursive: true, force: true });
  };
}

async function createTemplates(serverUrl: string): Promise<void> {
  await dropLeftovers(serverUrl);
  const fixtures = readFileSync(new URL('../checks/fixture-functions.sql', import.meta.url), 'utf8');
  for (const generation of GENERATIONS) {
    const [name, withOps] = [templateOf(generation, 'without ops'), templateOf(generation, 'with ops')];
    await onServer(serverUrl, 'postgres', (client) => client.query(`CREATE DATABASE ${name}`));
    await onServer(serverUrl, name, async (client) => {
      for (const { sql } of platformMigrations(generation)) await client.query(sql);
      await client.query(fixtures);
    });
    await onServer(serverUrl, 'postgres', (client) => client.query(`CREATE DATABASE ${withOps} TEMPLATE ${name}`));
    const url = new URL(serverUrl);
    url.pathname = `/${withOps}`;
    const { code, stderr } = await smsfood(['db', 'install'], { env: { DATABASE_URL: url.toString() } });
    if (code !== 0) throw new Error(`ops is not installed: ${stderr}`);
  }
}

async function dropLeftovers(serverUrl: string): Promise<void> {
  await onServer(serverUrl, 'postgres', async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database WHERE datname ~ '^smsfood_(template|test)_'`,
    );
    for (const { name } of rows)
      await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
  });
}

async function onServer(
  serverUrl: string,
  database: string,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: url.toString() });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
