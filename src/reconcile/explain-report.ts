import { ledgerSection } from '../ledger-section.js';
import type { Column, Report, Table } from '../report.js';
import type { Explained } from './explain.js';

/** How many orders the readable formats list; the document and CSV have all. */
const SHOWN = 20;

/** `document` is `smsfood.reconcile-explain/1`. Money is integer cents. */
export function explainReport(explained: Explained, sandbox: boolean): Report {
  const { customer, stored, expected, orders, statuses, changes } = explained;
  const table: Table = { columns: ORDER_COLUMNS, rows: orders.map((order) => ({ ...order })) };
  return {
    name: 'reconcile explain',
    document: { schema: 'smsfood.reconcile-explain/1', ...explained, exitCode: explainExitCode(explained) },
    table,
    sections: [
      {
        title: `Customer ${customer}`,
        table: {
          columns: [
            { key: 'what', label: '', kind: 'text' },
            { key: 'totalOrders', label: 'totalOrders', kind: 'integer' },
            { key: 'totalSpent', label: 'totalSpent', kind: 'cents' },
            { key: 'lastOrderAt', label: 'lastOrderAt', kind: 'time' },
          ],
          rows: [
            { what: 'stored', ...stored },
            { what: 'sold orders', ...expected },
          ],
        },
      },
      { lines: [verdict(explained)] },
      { title: 'Orders by status', table: { columns: STATUS_COLUMNS, rows: statuses.map((each) => ({ ...each })) } },
      { title: 'Orders, newest first', table: { ...table, rows: table.rows.slice(0, SHOWN) } },
      ...(orders.length > SHOWN ? [{ lines: [`… and ${orders.length - SHOWN} more (--format csv has all).`] }] : []),
      ledgerSection('Changes by smsfood', changes, CHANGES, ({ before, after }) => ({
        orders: step(before.totalOrders, after.totalOrders),
        spent: step(before.totalSpent, after.totalSpent),
      })),
    ],
    sandbox,
  };
}

/** 1 where the totals are wrong. */
export const explainExitCode = ({ cause }: Pick<Explained, 'cause'>): 0 | 1 => (cause === null ? 0 : 1);

const ORDER_COLUMNS: Column[] = [
  { key: 'id', label: 'Order', kind: 'id' },
  { key: 'createdAt', label: 'Created', kind: 'time' },
  { key: 'status', label: 'Status', kind: 'text' },
  { key: 'cents', label: 'Amount', kind: 'cents' },
  { key: 'isBySms', label: 'By SMS', kind: 'text' },
  { key: 'isCounted', label: 'Counts', kind: 'text' },
];

const STATUS_COLUMNS: Column[] = [
  { key: 'status', label: 'Status', kind: 'text' },
  { key: 'isCounted', label: 'Counts', kind: 'text' },
  { key: 'orders', label: 'Orders', kind: 'integer' },
  { key: 'cents', label: 'Amount', kind: 'cents' },
];

function verdict({ cause, customer }: Explained): string {
  if (cause === null) return 'The totals are those of the sold orders.';
  return `The totals are wrong. Likely cause: ${cause}. \`smsfood reconcile --customer ${customer} --apply\` corrects them.`;
}

const CHANGES: readonly Column[] = [
  { key: 'orders', label: 'totalOrders', kind: 'text' },
  { key: 'spent', label: 'totalSpent (cents)', kind: 'text' },
];

const step = (before: number | undefined, after: number | undefined) => `${before ?? '-'} → ${after ?? '-'}`;
