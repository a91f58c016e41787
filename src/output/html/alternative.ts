import type { Chart } from '../../page.js';
import type { Table } from '../../report.js';
import { count } from '../../words.js';
import { formatCell } from '../values.js';
import { numberOf } from './chart.js';

const FORMS: Readonly<Record<Chart['form'], string>> = {
  line: 'Line chart',
  columns: 'Column chart',
  stack: 'Stacked column chart',
  bars: 'Bar chart',
};

/** What a chart shows, in words: its extremes, and where it begins and ends. All numbers are in the table below it. */
export function alternativeText(title: string, chart: Chart, table: Table): string {
  const lines = chart.y.map((key) => {
    const label = table.columns.find((column) => column.key === key)?.label ?? key;
    return `${label}: ${describeColumn(chart, table, key)}.`;
  });
  return [`${FORMS[chart.form]}, ${title}, ${count(table.rows.length, 'row')}.`, ...lines].join(' ');
}

function describeColumn({ x, kind, form }: Chart, { rows }: Table, key: string): string {
  const points = rows.flatMap((row) => {
    const value = numberOf(row[key]);
    return value === null ? [] : [{ name: String(row[x] ?? ''), value }];
  });
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return 'nothing is known';
  const written = ({ name, value }: { name: string; value: number }) => `${formatCell(value, kind)} (${name})`;
  const least = points.reduce((a, b) => (b.value < a.value ? b : a));
  const most = points.reduce((a, b) => (b.value > a.value ? b : a));
  const range = `lowest ${written(least)}, highest ${written(most)}`;
  return form === 'bars' ? range : `from ${written(first)} to ${written(last)}, ${range}`;
}
