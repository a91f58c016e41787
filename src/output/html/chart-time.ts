import type { Axis, EncodeEntry, Mark, Spec } from 'vega';
import type { Chart } from '../../page.js';
import type { ColumnKind } from '../../report.js';
import { type Datum, domainOf, FONT_SIZE, INK } from './chart-data.js';

const HEIGHT = 220;

/** Days and months from left to right, all equally wide. */
export function timeSpec(data: readonly Datum[], chart: Chart, title: string, width: number): Spec {
  const isLine = chart.form === 'line';
  const rows = [...new Set(data.map(({ row }) => row))];
  const names = rows.map((row) => data.find((datum) => datum.row === row)?.name ?? '');
  const ticks = tickLabels(names);
  return {
    width,
    height: HEIGHT,
    padding: { left: 2, top: 4, right: 16, bottom: 2 },
    autosize: { type: 'fit', contains: 'padding' },
    config: { axis: { labelFontSize: FONT_SIZE } },
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
