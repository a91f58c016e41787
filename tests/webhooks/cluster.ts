import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startSandbox, stopSandbox } from '../../src/sandbox/server.js';
import { smsfood } from '../harness/run.js';

/** A PostgreSQL of a test file's own, which can be stopped and started, with the schema ops; the caller removes it. */
export interface Cluster {
  url: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
}

export async function startCluster(): Promise<Cluster> {
  const place = { dataDir: mkdtempSync(join(tmpdir(), 'smsfood-test-')) };
  const start = () => startSandbox(place, { settings: { fsync: 'off', full_page_writes: 'off' } });
  const { url } = await start();
  if (url === null) throw new Error('the server gives no address');
  const { code, stderr } = await smsfood(['db', 'install'], { env: { DATABASE_URL: url } });
  if (code !== 0) throw new Error(stderr);
  return {
    url,
    stop: async () => void (await stopSandbox(place)),
    start: async () => void (await start()),
    async remove() {
      await stopSandbox(place);
      rmSync(place.dataDir, { recursive: true, force: true });
    },
    async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        return (await client.query<Row>(text, values)).rows;
      } finally {
        await client.end();
      }
    },
  };
}
