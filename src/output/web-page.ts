import type { Report, Section } from '../report.js';
import { renderDocument } from './html/document.js';
import { html, Markup, sentence } from './html/markup.js';
import { renderTable } from './html/table.js';
import { printableText } from './printable.js';
import type { Renderer } from './renderer.js';
import { namedSparkline } from './sparkline.js';

/** A report as one page that stands alone, in the look of `smsfood report`: what the table shows, to be read in a browser. */
export const renderWebPage: Renderer = ({ name, sections, sandbox }: Report) => {
  const title = `smsfood ${name}`;
  const body = html`<header>
<h1>${title}</h1>
${sandbox ? html`<p class="sandbox">Sandbox data</p>\n` : null}</header>
<main>
${sections.map((section, place) => renderSection(section, place, title))}</main>
<footer><p>Made by smsfood. This page loads nothing and runs nothing.</p></footer>`;
  return renderDocument(title, body, sandbox);
};

function renderSection(
  { title, lines = [], code, sparklines = [], table }: Section,
  place: number,
  name: string,
): Markup {
  const caption = `${title ?? name}, table ${place + 1}`;
  return html`<section>
${title === undefined ? null : html`<h2>${title}</h2>\n`}${paragraphs([...lines, ...sparklines.map(namedSparkline)])}${
  code === undefined ? null : html`<pre><code>${textOf(code.text)}</code></pre>\n`
}${table === undefined ? null : renderTable(table, { id: `table-${place}`, caption })}</section>
`;
}

/** Lines stay lines, an empty one ends the paragraph. */
function paragraphs(lines: readonly string[]): Markup[] {
  const groups = lines.join('\n').split(/\n\s*\n/);
  return groups.flatMap((group) => {
    const each = group.split('\n').filter((line) => line.trim() !== '');
    const parts = each.map((line, place) => html`${place === 0 ? null : new Markup('<br>\n')}${sentence(line.trim())}`);
    return parts.length === 0 ? [] : [html`<p>${parts}</p>\n`];
  });
}

/** Lines of code stay lines: `html` would make a value one. */
function textOf(text: string): Markup {
  const lines = printableText(text).trimEnd().split('\n');
  return html`${lines.map((line, place) => html`${place === 0 ? null : new Markup('\n')}${line}`)}`;
}
