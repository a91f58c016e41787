import type { Column, Report, Section } from '../report.js';
import { count } from '../words.js';
import type { Findings, FoundRow } from './find.js';

/** Rows of each table in the readable formats; the document and csv have all that are listed. */
const SHOWN = 10;

/** `document` is `smsfood.privacy-find/1`. Whom it was asked about does not stand in it. */
export function findReport(
  findings: Findings,
  { kind, sandbox }: { kind: 'phone' | 'email'; sandbox: boolean },
): Report {
  const { now, tables, missing, closed, cut } = findings;
  const total = tables.reduce((sum, { rows }) => sum + rows, 0);
  const rows = tables.flatMap(({ table, listed }) => listed.map((row) => ({ table, ...flat(row) })));
  return {
    name: 'privacy find',
    document: {
      schema: 'smsfood.privacy-find/1',
      now,
      kind,
      total,
      tables,
      missing,
      closed,
      cut,
      exitCode: findExitCode(findings),
    },
    table: { columns: [{ key: 'table', label: 'Table', kind: 'id' }, ...ROW_COLUMNS], rows },
    sections: [
      {
        lines: [
          total === 0
            ? `No row is about this ${kind === 'phone' ? 'phone number' : 'e-mail address'}.`
            : `${count(total, 'row')} of ${count(tables.length, 'table')} ${total === 1 ? 'is' : 'are'} about this ${kind === 'phone' ? 'phone number' : 'e-mail address'}.`,
        ],
      },
      ...tables.map(
        ({ table, rows: all, listed }): Section => ({
          title: `${table}: ${count(all, 'row')}${all > Math.min(SHOWN, listed.length) ? `, ${Math.min(SHOWN, listed.length)} of them shown` : ''}`,
          table: { columns: ROW_COLUMNS, rows: listed.slice(0, SHOWN).map(flat) },
        }),
      ),
      { lines: remarks(findings) },
    ],
    sandbox,
  };
}

/** 3 where a table could not be looked at: "every row" could not be vouched for. */
export function findExitCode({ closed, cut }: Findings): 0 | 3 {
  return closed.length + cut.length > 0 ? 3 : 0;
}

const ROW_COLUMNS: Column[] = [
  { key: 'id', label: 'Id', kind: 'id' },
  { key: 'because', label: 'Because of', kind: 'text' },
  { key: 'personal', label: 'Personal data', kind: 'text' },
];

function flat({ id, reasons, values }: FoundRow) {
  const personal = Object.entries(values).map(([column, value]) => `${column}: ${value}`);
  return { id, because: reasons.join(', '), personal: personal.length === 0 ? null : personal.join('; ') };
}

function remarks({ missing, closed, cut }: Findings): string[] {
  return [
    ...(closed.length === 0
      ? []
      : [`Closed to this role, so nobody knows: ${closed.join(', ')}. Look again with a role that may read them.`]),
    ...(cut.length === 0
      ? []
      : [`So many rows that what belongs to the later ones was not looked for: ${cut.join(', ')}.`]),
    ...(missing.length === 0 ? [] : [`Not in this database: ${missing.join(', ')}.`]),
    'Outside of the database there may be more: exported files, the spool of a receiver, backups, and what Stripe and the SMS provider keep.',
  ];
}
