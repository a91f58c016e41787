import type { Chart, Exhibit } from '../../page.js';
import type { Table } from '../../report.js';
import { count } from '../../words.js';
import { alternativeText } from './alternative.js';
import { canDraw, drawChart } from './chart.js';
import { html, Markup, sentence } from './markup.js';
import { renderTable } from './table.js';

/** Drawn for either, and the page shows the one that fits: a drawing that is scaled down has letters too small to read. */
const WIDTHS = { wide: 864, narrow: 311 } as const;
/** Below a drawing, longer tables are folded. On paper everything is unfolded. */
const MOST_ROWS_BELOW = 12;

/** `name` is unlike that of any other exhibit on the page; `id` likewise, and fit for an attribute. */
export async function renderExhibit(exhibit: Exhibit, { id, name }: { id: string; name: string }): Promise<Markup> {
  const { title, lines = [], table, chart, heat, isFolded } = exhibit;
  const text = lines.map((line) => html`<p>${sentence(line)}</p>\n`);
  if (table === undefined) return html`${heading(title)}${text}`;
  const rows = renderTable(table, { id, caption: name, ...(heat === undefined ? {} : { heat }) });
  if (isFolded) return html`${text}${folded(title ?? name, rows)}`;
  if (chart === undefined || !canDraw(chart, table)) return html`${heading(title)}${text}${rows}\n`;
  const drawn = await renderChart(chart, table, title ?? name);
  const isLong = table.rows.length > MOST_ROWS_BELOW;
  return html`${heading(title)}${text}${drawn}${isLong ? folded(`The numbers: ${count(table.rows.length, 'row')}`, rows) : rows}\n`;
}

function heading(title: string | undefined): Markup | null {
  return title === undefined ? null : html`<h3>${sentence(title)}</h3>\n`;
}

function folded(title: string, content: Markup): Markup {
  return html`<details><summary>${title}</summary>\n${content}</details>\n`;
}

async function renderChart(chart: Chart, table: Table, title: string): Promise<Markup> {
  const text = alternativeText(title, chart, table);
  const drawings = await Promise.all(
    Object.entries(WIDTHS).map(async ([size, width]) => {
      const svg = await drawChart(chart, table, width);
      const attributes = html`<svg class="${size}" role="img" aria-label="${text}" `;
      return new Markup(svg.replace(/^<svg /, attributes.text).replace(' class="marks"', ''));
    }),
  );
  return html`<figure>\n${chart.y.length > 1 ? legend(chart, table) : null}${drawings}\n</figure>\n`;
}

function legend({ y }: Chart, { columns }: Table): Markup {
  const labels = y.map((key) => columns.find((column) => column.key === key)?.label ?? key);
  return html`<ul class="legend" aria-hidden="true">${labels.map((label, place) => html`<li class="series-${place}">${label}</li>`)}</ul>\n`;
}
