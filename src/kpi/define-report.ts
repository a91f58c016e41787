import { ORDER_STATUSES } from '../config-schema.js';
import type { Column, Report, Section } from '../report.js';
import type { KpiReport } from './kpi.js';
import { STATUS_ROLES } from './statuses.js';

/** What each metric means; `document` is `smsfood.kpi-define/1`. */
export function defineReport(
  reports: readonly KpiReport[],
  { sold, timezone }: { sold: readonly string[]; timezone: string },
): Report {
  const metrics = reports.flatMap(({ id: report, definitions }) =>
    Object.entries(definitions).map(([id, { label, unit, text }]) => ({ report, id, label, unit, definition: text })),
  );
  const statuses = ORDER_STATUSES.map((status) => ({ status, isSold: sold.includes(status), ...STATUS_ROLES[status] }));
  return {
    name: 'kpi --define',
    document: { schema: 'smsfood.kpi-define/1', timezone, statuses, metrics },
    table: { columns: [{ key: 'report', label: 'Report', kind: 'id' }, ...COLUMNS], rows: metrics },
    sections: [
      ...reports.map(
        ({ id, summary }): Section => ({
          title: `${id}: ${summary}`,
          table: { columns: COLUMNS, rows: metrics.filter(({ report }) => report === id) },
        }),
      ),
      { title: 'What an order counts in, by its status', table: { columns: STATUS_COLUMNS, rows: statuses } },
      {
        lines: [
          `Days, ISO weeks and months are those of ${timezone}, from midnight to midnight: 23 or 25 hours where the clocks change.`,
          'Money is sums of integer cents; a ratio is one of sums, and unknown where there is nothing to divide by.',
        ],
      },
    ],
    sandbox: false,
  };
}

const COLUMNS: Column[] = [
  { key: 'id', label: 'Id', kind: 'id' },
  { key: 'unit', label: 'Unit', kind: 'text' },
  { key: 'definition', label: 'Definition', kind: 'text' },
];

const STATUS_COLUMNS: Column[] = [
  { key: 'status', label: 'Status', kind: 'id' },
  { key: 'isSold', label: 'Sold', kind: 'text' },
  { key: 'stage', label: 'Stage', kind: 'text' },
  { key: 'means', label: 'Means', kind: 'text' },
];
