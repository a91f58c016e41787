import type { Axis, EncodeEntry, Mark, Spec } from 'vega';
import type { Chart } from '../../page.js';
import type { Cell, ColumnKind, Table } from '../../report.js';
import { printableLine } from '../printable.js';
import { formatCell } from '../values.js';

/** The page gives them different values in light and dark. */
const INK = {
  text: { value: 'var(--muted)' },
  line: 'var(--line)',
  series: ['var(--one)', 'var(--two)', 'var(--three)'],
} as const;
const FONT_SIZE = 12;
const HEIGHT = 220;
const BAR_STEP = 26;
/** Room for the number at the end of a bar, for a letter, and for the name before a bar, in pixels; a longer name is cut. */
const NUMBER_WIDTH = 64;
const LETTER_WIDTH = 6.8;
const NAME_WIDTH = 150;

interface Datum {
  /** Its row, since two of them may have the same name. */
  row: number;
  name: string;
  series: string;
  value: number | null;
  label: string;
}

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

function domainOf(data: readonly Datum[], { form, kind, most }: Chart): [number, number] {
  const rows = [...new Set(data.map(({ row }) => row))];
  const values = (row: number) => data.flatMap((datum) => (datum.row === row ? [datum.value ?? 0] : []));
  const heights =
    form === 'stack' ? rows.map((row) => values(row).reduce((sum, each) => sum + each, 0)) : rows.flatMap(values);
  const [lowest, highest] = [Math.min(0, ...heights), most ?? Math.max(0, ...heights)];
  return lowest === highest ? [0, kind === 'cents' ? 100 : 1] : [lowest, highest];
}

/** Days and months from left to right, all equally wide. */
function timeSpec(data: readonly Datum[], chart: Chart, title: string, width: number): Spec {
  const isLine = chart.form === 'line';
  const rows = [...new Set(data.map(({ row }) => row))];
  const names = rows.map((row) => data.find((datum) => datum.row === row)?.name ?? '');
  const ticks = tickLabels(names);
  return {
    ...frame(width, HEIGHT),
    data: [{ name: 'rows', values: [...data], transform: chart.form === 'stack' ? [STACK] : [] }],
    scales: [
      isLine
        ? { name: 'x', type: 'point', domain: rows, range: 'width', padding: 0.2 }
        : { name: 'x', type: 'band', domain: rows, range: 'width', paddingInner: 0.3, paddingOuter: 0.15 },
      { name: 'tick', type: 'ordinal', domain: rows, range: ticks },
      { name: 'y', type: 'linear', domain: domainOf(data, chart), range: 'height', nice: 4 },
    ],
    axes: [valueAxis(chart.kind), nameAxis(areDays(names) ? null : title)],
    marks: isLine ? lineMarks() : [columnMark(chart.form === 'stack')],
  };
}

const STACK = {
  type: 'stack',
  groupby: ['row'],
  field: 'value',
  as: ['y0', 'y1'],
} satisfies NonNullable<NonNullable<Spec['data']>[number]['transform']>[number];

function frame(width: number, height: number): Spec {
  return {
    width,
    height,
    padding: { left: 2, top: 4, right: 16, bottom: 2 },
    autosize: { type: 'fit', contains: 'padding' },
    config: { axis: { labelFontSize: FONT_SIZE } },
  };
}

function valueAxis(kind: ColumnKind): Axis {
  const dollars = `format(datum.value / 100, abs(datum.value) >= 100000 ? '$~s' : datum.value % 100 == 0 ? '$.0f' : '$.2f')`;
  const text = kind === 'cents' ? dollars : kind === 'percent' ? `datum.value + '%'` : `format(datum.value, '~s')`;
  return {
    ...{ scale: 'y', orient: 'left', aria: false, tickCount: 4, domain: false, ticks: false, grid: true },
    // There is no half of an order, nor of a cent.
    ...(kind === 'integer' || kind === 'cents' ? { tickMinStep: 1 } : {}),
    ...{ gridColor: INK.line, labelPadding: 8 },
    encode: { labels: { update: { text: { signal: text }, fill: INK.text } } },
  };
}

/** Days speak for themselves, other names need a title. */
function nameAxis(title: string | null): Axis {
  return {
    ...(title === null
      ? {}
      : { title, titleColor: INK.text.value, titleFontSize: FONT_SIZE, titleFontWeight: 'normal', titlePadding: 6 }),
    ...{ scale: 'x', orient: 'bottom', aria: false, ticks: false, domainColor: INK.line, labelPadding: 8 },
    ...{ labelOverlap: 'parity', labelSeparation: 2 },
    encode: { labels: { update: { text: { scale: 'tick', field: 'value' }, fill: INK.text } } },
  };
}

function lineMarks(): Mark[] {
  const place: EncodeEntry = { x: { scale: 'x', field: 'row' }, y: { scale: 'y', field: 'value' } };
  const defined = { signal: 'isValid(datum.value)' };
  return [
    {
      type: 'area',
      aria: false,
      from: { data: 'rows' },
      encode: {
        update: {
          ...place,
          y2: { scale: 'y', value: 0 },
          defined,
          fill: { field: 'series' },
          fillOpacity: { value: 0.12 },
        },
      },
    },
    {
      type: 'line',
      aria: false,
      from: { data: 'rows' },
      encode: { update: { ...place, defined, stroke: { field: 'series' }, strokeWidth: { value: 2 } } },
    },
  ];
}

function columnMark(isStack: boolean): Mark {
  const [from, to] = isStack ? ['y0', 'y1'] : [null, 'value'];
  return {
    type: 'rect',
    aria: false,
    from: { data: 'rows' },
    encode: {
      update: {
        x: { scale: 'x', field: 'row' },
        width: { scale: 'x', band: 1 },
        y: { scale: 'y', field: to },
        y2: from === null ? { scale: 'y', value: 0 } : { scale: 'y', field: from },
        fill: { field: 'series' },
      },
    },
  };
}

/** A bar below the other, the name before and the number behind it. */
function barsSpec(data: readonly Datum[], chart: Chart, width: number): Spec {
  const rows = data.map(({ row }) => row);
  const letters = Math.floor(NAME_WIDTH / LETTER_WIDTH);
  const names = data.map(({ name }) => (name.length > letters ? `${name.slice(0, letters - 1)}…` : name));
  const left = Math.ceil(Math.max(...names.map(({ length }) => length)) * LETTER_WIDTH) + 12;
  const bar: EncodeEntry = { y: { scale: 'y', field: 'row' }, height: { scale: 'y', band: 1 } };
  return {
    // Laid out here: what vega takes for the width of letters is far too much without a canvas.
    ...{ width: width - left - NUMBER_WIDTH, height: BAR_STEP * rows.length, autosize: 'none' },
    padding: { left, right: NUMBER_WIDTH, top: 2, bottom: 2 },
    data: [{ name: 'rows', values: [...data] }],
    scales: [
      { name: 'y', type: 'band', domain: rows, range: 'height', paddingInner: 0.4, paddingOuter: 0.2 },
      { name: 'name', type: 'ordinal', domain: rows, range: names },
      { name: 'x', type: 'linear', domain: domainOf(data, chart), range: 'width' },
    ],
    axes: [
      {
        ...{ scale: 'y', orient: 'left', aria: false, domain: false, ticks: false },
        ...{ labelLimit: 0, labelPadding: 10, labelFontSize: FONT_SIZE },
        encode: { labels: { update: { text: { scale: 'name', field: 'value' }, fill: INK.text } } },
      },
    ],
    marks: [
      {
        type: 'rect',
        aria: false,
        from: { data: 'rows' },
        encode: {
          update: {
            ...bar,
            x: { scale: 'x', value: 0 },
            x2: { scale: 'x', field: 'value' },
            fill: { field: 'series' },
          },
        },
      },
      {
        type: 'text',
        aria: false,
        from: { data: 'rows' },
        encode: {
          update: {
            x: { scale: 'x', field: 'value', offset: 6 },
            y: { scale: 'y', field: 'row', band: 0.5 },
            text: { field: 'label' },
            baseline: { value: 'middle' },
            fontSize: { value: FONT_SIZE },
            fill: { value: 'var(--ink)' },
          },
        },
      },
    ],
  };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function areDays(names: readonly string[]): boolean {
  return names.every((name) => /^\d{4}-\d\d-\d\d$/.test(name));
}

/** `10 Mar`, or `Mar 26` where all are the first of a month; anything else as it is. */
function tickLabels(names: readonly string[]): string[] {
  const areMonths = names.length > 1 && names.every((name) => /^\d{4}-\d\d-01$/.test(name));
  return names.map((name) => {
    const [, year = '', month = '', day = ''] = /^\d\d(\d\d)-(\d\d)-(\d\d)$/.exec(name) ?? [];
    const word = MONTHS[Number(month) - 1];
    if (word === undefined) return name;
    return areMonths ? `${word} ${year}` : `${Number(day)} ${word}`;
  });
}
