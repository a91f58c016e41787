import type { Column, Report } from '../report.js';
import { count } from '../words.js';
import type { CatalogueEntry } from './catalogue.js';
import { levelOf } from './check.js';
import { describeThresholds } from './threshold.js';

/** The catalogue as `smsfood check list` shows it; `document` is `smsfood.check-list/1`. */
export function listReport(checks: readonly CatalogueEntry[]): Report {
  const rows = checks.map((check) => ({
    id: check.id,
    dimension: check.dimension,
    level: levelOf(check),
    threshold: describeThresholds(check.thresholds),
    owner: check.owner,
    enabled: check.enabled,
    title: check.title,
  }));
  const columns: Column[] = [
    { key: 'id', label: 'Check', kind: 'id' },
    { key: 'dimension', label: 'Dimension', kind: 'text' },
    { key: 'level', label: 'Level', kind: 'status' },
    { key: 'threshold', label: 'Threshold', kind: 'text' },
    { key: 'owner', label: 'Owner', kind: 'text' },
    { key: 'title', label: 'Title', kind: 'text' },
  ];
  const readable = columns.filter(({ key }) => !['threshold', 'dimension'].includes(key));
  return {
    name: 'check list',
    document: { schema: 'smsfood.check-list/1', checks: rows },
    table: { columns: [...columns, { key: 'enabled', label: 'Enabled', kind: 'text' }], rows },
    sections: [
      { table: { columns: readable, rows } },
      { lines: [`${count(checks.length, 'check')}. \`smsfood check show ID\` explains one.`] },
    ],
    sandbox: false,
  };
}
