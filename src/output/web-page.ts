import type { Report, Section, Table } from '../report.js';
import { printableLine, printableText } from './printable.js';
import type { Renderer } from './renderer.js';
import { sparkline } from './sparkline.js';
import { formatCell, isRightAligned } from './values.js';

/** Readable on a phone and on paper, in light and dark. Nothing is loaded, and nothing runs. */
const STYLE = `:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}
h2{margin-top:2.5rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.9em}
th,td{border-bottom:1px solid #8885;padding:.3rem .8rem .3rem 0;text-align:left;vertical-align:top}
th{border-bottom-width:2px}
.right{text-align:right;font-variant-numeric:tabular-nums}
td.text{min-width:12rem}
code,pre{font-size:.9em}
pre{border:1px solid #8885;overflow-x:auto;padding:.8rem}
.warning{border:2px solid;font-weight:bold;padding:.3rem .8rem}
@media print{body{margin:0;max-width:none}pre{white-space:pre-wrap}}`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** One page that stands alone: a heading a section, tables as on a terminal, values unable to be markup. */
export const renderWebPage: Renderer = ({ name, sections, sandbox }: Report) => {
  const title = escaped(`smsfood ${name}`);
  const body = [
    `<h1>${title}</h1>`,
    ...(sandbox ? ['<p class="warning">Sandbox data</p>'] : []),
    ...sections.flatMap(renderSection),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
${STYLE}
</style>
</head>
<body>
${body.join('\n')}
</body>
</html>
`;
};

function renderSection({ title, lines, code, sparklines, table }: Section): string[] {
  const drawn = (sparklines ?? []).map(({ label, values, range }) => `${label}: ${sparkline(values, true)} ${range}`);
  return [
    ...(title === undefined ? [] : [`<h2>${escaped(printableLine(title))}</h2>`]),
    ...paragraphs([...(lines ?? [])]),
    ...(code === undefined ? [] : [`<pre><code>${escaped(printableText(code.text).trimEnd())}</code></pre>`]),
    ...paragraphs(drawn),
    ...(table === undefined ? [] : [renderTable(table)]),
  ];
}

/** Lines stay lines, an empty one ends the paragraph. */
function paragraphs(lines: readonly string[]): string[] {
  return lines
    .map((line) => escaped(printableLine(line.trim())))
    .join('<br>\n')
    .split(/(?:^|<br>\n)(?:<br>\n|$)/)
    .filter((paragraph) => paragraph !== '')
    .map((paragraph) => `<p>${paragraph}</p>`);
}

function renderTable({ columns, rows }: Table): string {
  if (rows.length === 0) return '<p>none</p>';
  const kindOf = (kind: Table['columns'][number]['kind']) =>
    isRightAligned(kind) ? ' class="right"' : kind === 'text' ? ' class="text"' : '';
  const head = columns.map(({ label, kind }) => `<th${kindOf(kind)}>${escaped(printableLine(label))}</th>`);
  const body = rows.map((row) => {
    const cells = columns.map(({ key, kind }) => {
      const value = row[key] ?? null;
      const isLong = kind === 'text' && typeof value === 'string';
      const text = isLong ? escaped(printableText(value)).replaceAll('\n', '<br>') : escaped(formatCell(value, kind));
      return `<td${kindOf(kind)}>${kind === 'id' ? `<code>${text}</code>` : text}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return `<div class="wide"><table>
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
