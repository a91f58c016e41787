import type { Exhibit } from '../../page.js';
import type { Cell, Column, Table } from '../../report.js';
import { formatCell, isRightAligned } from '../values.js';
import { html, type Markup } from './markup.js';

/** How many shades there are between nothing and the largest number. */
const SHADES = 6;

export interface TableOptions {
  /** Unlike any other on the page: it names a region. */
  caption: string;
  id: string;
  heat?: Exhibit['heat'];
}

/** A table in a region of its own, that scrolls where it is wider than the page. The first column names its rows. */
export function renderTable({ columns, rows }: Table, { caption, id, heat }: TableOptions): Markup {
  if (rows.length === 0) return html`<p class="none">None.</p>`;
  const largest = Math.max(0, ...(heat ?? []).flatMap((row) => Object.values(row).map((share) => share ?? 0)));
  const shade = (row: number, key: string) => {
    const share = heat?.[row]?.[key] ?? null;
    return share === null || largest <= 0 ? null : Math.max(0, Math.ceil((share / largest) * SHADES));
  };
  return html`<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0">
<table${heat === undefined ? null : html` class="heat"`}>
<caption id="${id}">${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col" class="${classOf(column)}">${column.label}</th>`)}</tr></thead>
<tbody>
${rows.map((row, index) => renderRow(columns, row, (key) => shade(index, key)))}</tbody>
</table>
</div>`;
}

function renderRow(
  columns: readonly Column[],
  row: Record<string, Cell>,
  shade: (key: string) => number | null,
): Markup {
  const cells = columns.map((column, place) => {
    const value = row[column.key] ?? null;
    const text = visible(formatCell(value, column.kind));
    const content = column.kind === 'text' ? html`<div>${text}</div>` : text;
    const level = shade(column.key);
    const names = [
      classOf(column),
      ...(column.kind === 'status' ? [`is-${text}`] : []),
      ...(value === null ? ['none'] : []),
      ...(level === null ? [] : [`heat-${level}`]),
    ];
    return place === 0
      ? html`<th scope="row" class="${names.join(' ')}">${content}</th>`
      : html`<td class="${names.join(' ')}">${content}</td>`;
  });
  return html`<tr>${cells}</tr>\n`;
}

/** A row without a name has one to be read. */
function visible(text: string): string {
  return text.trim() === '' ? '(blank)' : text;
}

function classOf({ kind }: Column): string {
  return isRightAligned(kind) ? 'number' : kind === 'text' ? 'text' : 'word';
}
