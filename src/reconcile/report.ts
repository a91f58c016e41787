import { undoHint } from '../db/ledger.js';
import type { Column, Report, Section, Table } from '../report.js';
import { count, dollars, grouped } from '../words.js';
import type { DriftGroup, Sample } from './plan.js';
import { exitCodeOf, type Reconciled } from './reconcile.js';

export interface ReportOptions {
  runId: string;
  durationMs: number;
  sandbox: boolean;
}

/** Whose totals are wrong, by how much, and why; `document` is `smsfood.reconcile/1`. Money is integer cents. */
export function reconcileReport(reconciled: Reconciled, { runId, durationMs, sandbox }: ReportOptions): Report {
  const { mode, now, scope, access, scanned, drifted, applied, totals, groups, samples, orphans, left, tooMany } =
    reconciled;
  const { cells, table } = sampleTable(samples);
  return {
    name: 'reconcile',
    document: {
      schema: 'smsfood.reconcile/1',
      run: { id: runId, now, durationMs },
      mode,
      scope: {
        kind: scope.kind,
        since: scope.kind === 'since' ? scope.since : null,
        customer: scope.kind === 'customer' ? scope.customer : null,
        reason: scope.kind === 'full' ? scope.reason : null,
        access: access === null ? null : { changed: access.changed, totals: access.totals },
      },
      scanned,
      drifted,
      applied,
      totals,
      causes: groups,
      orphans,
      left,
      tooMany,
      watermark: { before: scope.kind === 'customer' ? null : scope.watermark, after: reconciled.watermark },
      samples,
      exitCode: exitCodeOf(reconciled),
    },
    table: { columns: table.columns, rows: cells },
    sections: [
      {
        lines: [lookedAt(reconciled), ...(drifted === 0 ? [rightLine(reconciled)] : driftLines(reconciled))],
      },
      ...(drifted === 0 ? [] : [{ table: { columns: CAUSE_COLUMNS, rows: groups.map(causeRow) } }]),
      ...(samples.length === 0 ? [] : [{ title: 'The largest of them', table }]),
      ...remarks(reconciled, runId),
    ],
    sandbox,
  };
}

const CAUSE_COLUMNS: Column[] = [
  { key: 'cause', label: 'Likely cause', kind: 'text' },
  { key: 'direction', label: 'Totals are', kind: 'text' },
  { key: 'customers', label: 'Customers', kind: 'integer' },
  { key: 'orders', label: 'Orders', kind: 'integer' },
  { key: 'cents', label: 'Dollars', kind: 'cents' },
];

function causeRow({ cause, direction, customers, orders, cents, isStorable }: DriftGroup) {
  return { cause: isStorable ? cause : `${cause} (too large to store)`, direction, customers, orders, cents };
}

/** CSV has a column for each number; a person reads what becomes of what. */
function sampleTable(samples: readonly Sample[]): { cells: Table['rows']; table: Table } {
  const cells = samples.map(({ id, cause, before, after }) => ({
    customer: id,
    cause,
    totalOrders: before.totalOrders,
    soldOrders: after.totalOrders,
    totalSpent: before.totalSpent,
    soldCents: after.totalSpent,
    lastOrderAt: before.lastOrderAt,
    lastSoldAt: after.lastOrderAt,
  }));
  const columns: Column[] = [
    { key: 'customer', label: 'Customer', kind: 'id' },
    { key: 'totalOrders', label: 'Orders stored', kind: 'integer' },
    { key: 'soldOrders', label: 'sold', kind: 'integer' },
    { key: 'totalSpent', label: 'Dollars stored', kind: 'cents' },
    { key: 'soldCents', label: 'sold for', kind: 'cents' },
    { key: 'cause', label: 'Likely cause', kind: 'text' },
  ];
  return { cells, table: { columns, rows: cells } };
}

function lookedAt({ scope, scanned }: Reconciled): string {
  if (scope.kind === 'customer') return `Customer ${scope.customer}.`;
  if (scope.kind === 'full') return `All ${count(scanned, 'customer')}, by all orders (${scope.reason}).`;
  return `${count(scanned, 'customer')} changed, or ordered, since ${scope.since}.`;
}

function rightLine({ scope }: Reconciled): string {
  return scope.kind === 'customer'
    ? 'The totals are those of the sold orders.'
    : 'All totals are those of the sold orders.';
}

function driftLines({ drifted, groups, mode, applied }: Reconciled): string[] {
  const sides = (['too high', 'too low', 'even'] as const).flatMap((direction) => {
    const of = groups.filter((group) => group.direction === direction);
    const customers = of.reduce((sum, group) => sum + group.customers, 0);
    const cents = of.reduce((sum, group) => sum + Math.abs(group.cents), 0);
    const by = direction === 'even' ? 'in lastOrderAt alone' : `${direction}, by ${dollars(cents)}`;
    return customers === 0 ? [] : [`${grouped(customers)} ${by}`];
  });
  return [
    `${count(drifted, 'customer')} ${drifted === 1 ? 'has' : 'have'} wrong totals: ${sides.join('; ')}.`,
    ...(mode === 'apply' ? [`Corrected ${grouped(applied ?? 0)} of them.`] : []),
  ];
}

function remarks(reconciled: Reconciled, runId: string): Section[] {
  const { mode, drifted, applied, orphans, left, tooMany, scope, access } = reconciled;
  const lines = [
    ...(mode === 'dry-run' && drifted > 0 ? ['Nothing was changed. Add --apply to correct them.'] : []),
    ...(tooMany === null
      ? []
      : [
          `--apply would refuse to change more than ${grouped(tooMany)} rows: if all of this is right, add --max-changes N or --force.`,
        ]),
    ...(mode === 'apply' && (applied ?? 0) > 0 ? [undoHint(runId)] : []),
    ...(left.busy === 0
      ? []
      : [`${count(left.busy, 'customer')} were held by another transaction and stay as they are: run this again.`]),
    ...(left.unstorable === 0
      ? []
      : [
          `${count(left.unstorable, 'customer')} spent more than totalSpent can hold (2^31 - 1 cents) and stay as they are: the column has to become a bigint.`,
        ]),
    ...(orphans === null || orphans.customers === 0
      ? []
      : [
          `${count(orphans.orders, 'sold order')} (${dollars(orphans.cents)}) of ${count(orphans.customers, 'customer')} that do not exist count for nobody: \`smsfood check orders.customer-orphan\`.`,
        ]),
    ...(scope.kind === 'since' && !scope.moves && mode === 'apply'
      ? ['The watermark stays: what changed before --since is still to be looked at.']
      : []),
    ...(access !== null && (access.changed === 'scan' || access.totals === 'scan') && drifted > 0
      ? ['All orders were read for this: `smsfood db advise` names the index that spares it.']
      : []),
  ];
  return lines.length === 0 ? [] : [{ lines }];
}
