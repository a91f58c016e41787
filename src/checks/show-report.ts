import type { Report, Table } from '../report.js';
import type { CatalogueEntry } from './catalogue.js';
import { levelOf } from './check.js';
import { type Globals, globalParameters, literal } from './parameters.js';
import { parameterUses } from './sql-text.js';
import { describeThresholds } from './threshold.js';

/** One check as `smsfood check show` explains it; `document` is `smsfood.check-show/1`. */
export function showReport(check: CatalogueEntry): Report {
  const parameters = Object.entries(check.parameters).map(([name, { type, value }]) => ({
    name,
    type,
    value: Array.isArray(value) ? value.join(', ') : value,
  }));
  const facts = [
    ['Title', check.title],
    ['Why', check.why],
    ['Remedy', check.remedy],
    ['Dimension', check.dimension],
    ['Level', levelOf(check)],
    ['Threshold', describeThresholds(check.thresholds)],
    ['Counts', check.metric === null ? (check.entity ?? 'rows') : `a value in ${check.metric.unit}`],
    ['Among', check.population],
    ['Needs', check.requires.length === 0 ? null : check.requires.join(', ')],
    ['Owner', check.owner],
    ['File', `${check.file}:${check.sqlLine}`],
  ].flatMap(([name, value]) => (value === null || value === undefined ? [] : [{ name: String(name), value }]));
  const { id, title, why, remedy, dimension, owner, entity, population, key, metric, requires, sql, file } = check;
  return {
    name: 'check show',
    document: {
      schema: 'smsfood.check-show/1',
      check: {
        id,
        title,
        why,
        remedy,
        dimension,
        level: levelOf(check),
        threshold: describeThresholds(check.thresholds),
        owner,
        entity,
        population,
        key,
        metric,
        requires,
        parameters,
        sql,
        file,
      },
    },
    table: factTable(facts),
    sections: [
      { title: id, table: factTable(facts) },
      ...(parameters.length === 0
        ? []
        : [
            {
              title: 'Parameters',
              table: {
                columns: [
                  { key: 'name', label: 'Name', kind: 'id' as const },
                  { key: 'type', label: 'Type', kind: 'text' as const },
                  { key: 'value', label: 'Value', kind: 'text' as const },
                ],
                rows: parameters,
              },
            },
          ]),
      { title: 'SQL', lines: sql.split('\n') },
    ],
    sandbox: false,
  };
}

function factTable(rows: { name: string; value: string }[]): Table {
  return {
    columns: [
      { key: 'name', label: 'What', kind: 'text' },
      { key: 'value', label: 'Value', kind: 'text' },
    ],
    rows,
  };
}

/**
 * The check as a psql script: parameters as \set lines, then the statement as it is in the file. psql substitutes the
 * same `:name` that smsfood binds.
 */
export function psqlScript(
  check: CatalogueEntry,
  globals: Omit<Globals, 'since' | 'now'> & { now: string | null },
): string {
  const values = { ...globalParameters({ ...globals, now: globals.now ?? '', since: null }), ...check.parameters };
  const used = [...new Set(parameterUses(check.sql).map(({ name }) => name))];
  const lines = used.map((name) => {
    const parameter = values[name];
    const sql =
      name === 'now' && globals.now === null
        ? `(now() AT TIME ZONE 'UTC')::timestamp(3)`
        : parameter === undefined
          ? ''
          : literal(parameter);
    return `\\set ${name} '${sql.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  });
  return `-- ${check.id}: ${check.title}\nSET TimeZone = 'UTC';\n${lines.map((line) => `${line}\n`).join('')}${check.sql}\n;\n`; // its last line may be a comment
}
