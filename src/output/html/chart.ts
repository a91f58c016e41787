import type { Chart } from '../../page.js';
import type { Cell, Table } from '../../report.js';
import { printableLine } from '../printable.js';
import { formatCell } from '../values.js';
import { barsSpec } from './chart-bars.js';
import { type Datum, INK } from './chart-data.js';
import { timeSpec } from './chart-time.js';

/** Draws the numbers of a table as SVG of a width in pixels. Nothing in it runs, loads, or styles what is around it. */
export async function drawChart(chart: Chart, table: Table, width: number): Promise<string> {
  const { parse, View } = await import('vega');
  const data = dataOf(chart, table);
  const title = table.columns.find(({ key }) => key === chart.x)?.label ?? '';
  const spec = chart.form === 'bars' ? barsSpec(data, chart, width) : timeSpec(data, chart, title, width);
  const view = new View(parse(spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** Whether there is anything to draw. */
export function canDraw({ y, form }: Chart, { rows }: Table): boolean {
  const known = rows.filter((row) => y.some((key) => numberOf(row[key]) !== null));
  return known.length >= (form === 'line' ? 2 : 1);
}

export function numberOf(value: Cell | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function dataOf({ x, y, kind }: Chart, { rows }: Table): Datum[] {
  const names = rows.map((row) => printableLine(String(row[x] ?? '')));
  return rows.flatMap((cells, row) =>
    y.map((key, place) => ({
      ...{ row, name: names[row] ?? '', series: INK.series[place] ?? INK.text.value },
      ...{ value: numberOf(cells[key]), label: formatCell(cells[key] ?? null, kind) },
    })),
  );
}
