import type { EncodeEntry, Spec } from 'vega';
import type { Chart } from '../../page.js';
import { type Datum, domainOf, FONT_SIZE, INK } from './chart-data.js';

const BAR_STEP = 26;
/** Room for the number at the end of a bar, for a letter, and for the name before a bar, in pixels; a longer name is cut. */
const NUMBER_WIDTH = 64;
const LETTER_WIDTH = 6.8;
const NAME_WIDTH = 150;

/** A bar below the other, the name before and the number behind it. */
export function barsSpec(data: readonly Datum[], chart: Chart, width: number): Spec {
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
