import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { type Manifest, ManifestSchema } from '../../src/exports/manifest.js';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { type Outcome, type RunOptions, smsfood } from '../harness/run.js';

export interface ExportWorld extends TestDatabase {
  /** `smsfood export …` on this database. */
  run(argv: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Exports to standard output and reads the csv with another program's parser. Throws where it fails. */
  rows(argv: readonly string[], options?: RunOptions): Promise<Record<string, string>[]>;
  make(table: string, row: Record<string, unknown>): Promise<void>;
}

export async function exportWorld(generation: 'production' | 'newer' = 'production'): Promise<ExportWorld> {
  const database = await cloneDatabase(generation);
  const run: ExportWorld['run'] = (argv, { env = {}, ...options } = {}) =>
    smsfood(['export', ...argv], { ...options, env: { DATABASE_URL: database.url, ...env } });
  return {
    ...database,
    run,
    async rows(argv, options) {
      const { code, stdout, stderr } = await run(argv, options);
      if (code !== 0) throw new Error(stderr);
      return readCsv(Buffer.from(stdout, 'latin1').toString());
    },
    async make(table, row) {
      await database.query('SELECT make($1, $2)', [table, row]);
    },
  };
}

const RowsSchema = z.array(z.record(z.string(), z.string()));

export function readCsv(text: string): Record<string, string>[] {
  return RowsSchema.parse(parse(text, { columns: true, record_delimiter: '\r\n', bom: true }));
}

export function manifestIn(folder: string, file: string): Manifest {
  return ManifestSchema.parse(JSON.parse(readFileSync(join(folder, `${file}.manifest.json`), 'utf8')));
}
