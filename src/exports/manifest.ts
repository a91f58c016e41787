import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { SmsfoodError } from '../errors.js';
import { DATASET_NAMES } from './dataset.js';
import { FILE_FORMATS } from './style.js';

const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$/);
const money = z.record(z.string(), z.string().regex(/^-?\d+\.\d\d$/));
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const ManifestSchema = z.looseObject({
  schema: z.literal('smsfood.export/1'),
  dataset: z.enum(DATASET_NAMES),
  file: z.string(),
  format: z.enum(FILE_FORMATS),
  gzip: z.boolean(),
  excel: z.boolean(),
  raw: z.boolean(),
  redacted: z.boolean(),
  rows: z.int(),
  bytes: z.int(),
  sha256,
  sums: money,
  firstId: z.string().nullable(),
  lastId: z.string().nullable(),
  period: z.looseObject({
    from: time.nullable(),
    to: time.nullable(),
    timezone: z.string(),
    label: z.string(),
    firstDay: z.string().nullable(),
    lastDay: z.string().nullable(),
    isOver: z.boolean(),
  }),
  filters: z.looseObject({ business: z.string().nullable(), statuses: z.array(z.string()).nullable() }),
  soldStatuses: z.array(z.string()),
  columns: z.array(z.looseObject({ key: z.string(), type: z.string(), guarded: z.boolean(), masked: z.boolean() })),
  guardedColumns: z.array(z.string()),
  snapshot: z.looseObject({ at: time, sessions: z.int() }),
  database: z.string(),
  sandbox: z.boolean(),
  query: z.string(),
  version: z.string(),
  notes: z.array(z.string()),
  headerBytes: z.int(),
  slices: z.array(z.looseObject({ key: z.string(), rows: z.int(), bytes: z.int(), sha256, sums: money })),
});

/** What stands beside a file that was exported; documented in docs/exports.md. Money is a decimal text. */
export type Manifest = z.infer<typeof ManifestSchema>;

/** Where the manifest of a file stands. */
export function manifestPath(file: string): string {
  return `${file}.manifest.json`;
}

/**
 * Reads the manifest at a path, or that of the file at it, and says where the file lies. Throws MANIFEST_INVALID with the
 * place of the first mistake.
 */
export async function readManifest(given: string): Promise<{ manifest: Manifest; file: string }> {
  const path = given.endsWith('.json') ? given : manifestPath(given);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw invalid(`The manifest ${path} cannot be read.`, { cause: error });
  });
  const manifest = parseManifest(text, path);
  return { manifest, file: join(dirname(path), manifest.file) };
}

function parseManifest(text: string, path: string): Manifest {
  const what = `${path} is no manifest of an export`;
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw invalid(`${what}: it is not valid JSON.`);
  }
  const parsed = ManifestSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(`${what}: ${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'it cannot be read'}.`);
}

function invalid(message: string, options?: ErrorOptions): SmsfoodError {
  const hint = 'Give the FILE.manifest.json that `smsfood export` wrote beside the file.';
  return new SmsfoodError('MANIFEST_INVALID', message, hint, options);
}
