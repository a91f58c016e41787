import { HIDDEN } from '../personal-data.js';
import type { Report, Table } from '../report.js';
import { count } from '../words.js';
import type { Dataset } from './dataset.js';
import type { Diff, RowChange } from './diff.js';
import type { Manifest } from './manifest.js';
import type { Selection } from './statement.js';
import type { Comparison } from './verify.js';

/** `document` is `smsfood.export-schema/1`. */
export function schemaReport({ name, summary, columns, period, slice }: Dataset): Report {
  const rows = columns.map(({ key, type, meaning, personal, isOptional }) => ({
    column: key,
    type,
    personal: personal ?? null,
    default: isOptional !== true,
    meaning,
  }));
  const table: Table = {
    columns: [
      { key: 'column', label: 'Column', kind: 'id' },
      { key: 'type', label: 'Type', kind: 'text' },
      { key: 'personal', label: 'Personal', kind: 'text' },
      { key: 'default', label: 'Default', kind: 'text' },
      { key: 'meaning', label: 'Meaning', kind: 'text' },
    ],
    rows,
  };
  const without = period === 'all' ? 'all rows' : 'the last complete month';
  return {
    name: 'export schema',
    document: {
      schema: 'smsfood.export-schema/1',
      dataset: name,
      summary,
      slice,
      defaultPeriod: period,
      columns: rows,
    },
    table,
    sections: [
      { lines: [`${name}: ${summary}. Without a period: ${without}.`] },
      { table },
      {
        lines: [
          'cents: 12.99 in csv and jsonl, int64 cents in parquet. time: ISO 8601 in UTC. text: guarded in csv, unless --raw.',
          'personal: masked by --redact. default no: only where --columns names it.',
        ],
      },
    ],
    sandbox: false,
  };
}

/** `document` is `smsfood.export-verify/1`. */
export function verifyReport(manifest: Manifest, comparisons: readonly Comparison[], sandbox: boolean): Report {
  const table: Table = {
    columns: [
      { key: 'what', label: 'What', kind: 'text' },
      { key: 'status', label: 'Status', kind: 'status' },
      { key: 'manifest', label: 'Manifest', kind: 'text' },
      { key: 'found', label: 'Found', kind: 'text' },
    ],
    rows: comparisons.map(({ what, manifest: said, found, isEqual }) => ({
      what,
      status: isEqual ? 'pass' : 'fail',
      manifest: said,
      found,
    })),
  };
  const differing = comparisons.filter(({ isEqual }) => !isEqual).length;
  return {
    name: 'export verify',
    document: {
      schema: 'smsfood.export-verify/1',
      file: manifest.file,
      dataset: manifest.dataset,
      comparisons,
      exitCode: differing > 0 ? 1 : 0,
    },
    table,
    sections: [
      { table },
      {
        lines: [
          differing === 0
            ? `${manifest.file}: everything is as the manifest of ${manifest.snapshot.at} says.`
            : `${manifest.file}: ${differing} of ${comparisons.length} differ from the manifest of ${manifest.snapshot.at}. Which rows: smsfood export diff.`,
        ],
      },
    ],
    sandbox,
  };
}

/** `document` is `smsfood.export-diff/1`. Values of personal columns stay out unless they are asked for. */
export function diffReport(
  { dataset, columns }: Selection,
  manifest: Manifest,
  diff: Diff,
  { reveal, sandbox }: { reveal: boolean; sandbox: boolean },
): Report {
  const hidden = new Set(reveal ? [] : columns.flatMap(({ key, personal }) => (personal === undefined ? [] : [key])));
  const shown = { ...diff, rows: diff.rows?.map((row) => withoutValues(row, hidden)) ?? null };
  const { at } = manifest.snapshot;
  const table = diffTable(shown, dataset);
  const lines = [diffInWords(shown, dataset, at)];
  return {
    name: 'export diff',
    document: {
      schema: 'smsfood.export-diff/1',
      file: manifest.file,
      dataset: manifest.dataset,
      since: at,
      ...shown,
      exitCode: diff.slices.length > 0 ? 1 : 0,
    },
    table,
    sections: diff.slices.length === 0 ? [{ lines }] : [{ table }, { lines }],
    sandbox,
  };
}

function withoutValues(row: RowChange, hidden: ReadonlySet<string>): RowChange {
  const columns = row.columns.map((column) =>
    hidden.has(column.key) ? { key: column.key, before: HIDDEN, after: HIDDEN } : column,
  );
  return { ...row, columns };
}

/** The rows that changed, or where they cannot be named, the days or months. */
function diffTable({ slices, rows }: Diff, { slice }: Dataset): Table {
  return {
    columns: [
      { key: 'slice', label: slice === 'month' ? 'Month' : 'Day', kind: 'text' },
      { key: 'id', label: 'Row', kind: 'id' },
      { key: 'change', label: 'Change', kind: 'text' },
      { key: 'columns', label: 'Columns', kind: 'text' },
    ],
    rows:
      rows?.map((row) => ({
        ...row,
        columns: row.columns.map(({ key, before, after }) => `${key}: ${before || '-'} -> ${after || '-'}`).join('; '),
      })) ??
      slices.map(({ slice: key, before, after }) => ({
        slice: key,
        id: null,
        change: before.rows === after.rows ? 'changed' : before.rows < after.rows ? 'more rows' : 'fewer rows',
        columns: `${count(before.rows, 'row')} -> ${count(after.rows, 'row')}`,
      })),
  };
}

function diffInWords({ slices, rows, reason }: Diff, { slice }: Dataset, at: string): string {
  if (slices.length === 0) return `Nothing has changed since ${at}: the same export would give the same bytes.`;
  const where = count(slices.length, slice);
  const differ = (number: number) => (number === 1 ? 'differs' : 'differ');
  if (rows === null) return `${where} ${differ(slices.length)} since ${at}. Which rows cannot be said: ${reason}.`;
  return `${count(rows.length, 'row')} in ${where} ${differ(rows.length)} since ${at}.`;
}
