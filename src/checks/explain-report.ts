import type { Report, Section, Table } from '../report.js';
import type { Explained } from './explain.js';
import { skippedSection } from './skipped-section.js';

/** The plan as `smsfood check explain` shows it; `document` is `smsfood.check-explain/1`. */
export function explainReport(
  { units, scans, skipped }: Explained,
  { sandbox, statements }: { sandbox: boolean; statements: boolean },
): Report {
  const rows = units.map(({ title, checks, tables, reason }) => ({
    statement: title,
    checks: checks.length,
    reads: tables.join(', '),
    why: reason ?? 'one scan answers them all',
  }));
  const table: Table = {
    columns: [
      { key: 'statement', label: 'Statement', kind: 'id' },
      { key: 'checks', label: 'Checks', kind: 'integer' },
      { key: 'reads', label: 'Reads', kind: 'text' },
      { key: 'why', label: 'Why apart', kind: 'text' },
    ],
    rows,
  };
  const saved = scans.reduce((sum, { planned, separate }) => sum + separate - planned, 0);
  const members: Section[] = units.map(({ title, checks, text }) => ({
    title,
    lines: [
      ...(checks.length === 0 ? ['(counts rows only)'] : checks),
      ...(statements ? ['', ...text.split('\n')] : []),
    ],
  }));
  return {
    name: 'check explain',
    document: {
      schema: 'smsfood.check-explain/1',
      units: units.map(({ text, ...unit }) => ({ ...unit, sql: text })),
      scans,
      skipped,
    },
    table,
    sections: [
      { table },
      {
        title: 'Scans of each table',
        table: {
          columns: [
            { key: 'table', label: 'Table', kind: 'id' },
            { key: 'planned', label: 'As planned', kind: 'integer' },
            { key: 'separate', label: 'One by one', kind: 'integer' },
          ],
          rows: scans,
        },
      },
      ...members,
      ...skippedSection(skipped),
      { lines: [`${units.length} statements instead of one for each check; ${saved} scans saved.`] },
    ],
    sandbox,
  };
}
