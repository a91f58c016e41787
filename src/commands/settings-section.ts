import type { Column, Section, Table } from '../report.js';
import type { Setting } from '../settings.js';

/** The configuration as a table, for `doctor` and `config show`. */
export function settingsSection(
  settings: readonly Setting[],
  file: string | null,
  withOrigin: boolean,
): Section & { table: Table } {
  const columns: Column[] = [
    { key: 'key', label: 'Key', kind: 'id' },
    { key: 'value', label: 'Value', kind: 'text' },
  ];
  if (withOrigin) columns.push({ key: 'origin', label: 'From', kind: 'text' });
  const rows = settings.map(({ key, value, origin }) => ({ key, value, ...(withOrigin ? { origin } : {}) }));
  return { title: `Configuration${file === null ? ' (no file)' : ` (${file})`}`, table: { columns, rows } };
}
