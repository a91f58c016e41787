import { createHash } from 'node:crypto';
import type { Chapter, Fact, Figure, Page } from '../../page.js';
import { renderExhibit } from './exhibit.js';
import { html, Markup, sentence } from './markup.js';
import { STYLE } from './style.js';

/** By its hash, no other style is let in, neither in elements nor in attributes. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** One HTML file: no script, nothing that is loaded, every value escaped. */
export async function renderPage(page: Page): Promise<string> {
  const { title, chapters, sandbox } = page;
  const sections: Markup[] = [];
  for (const chapter of chapters) sections.push(await renderChapter(chapter));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${sandbox ? 'Sandbox data: ' : null}${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#numbers">Skip to the numbers</a>
${renderHeader(page)}
<nav aria-label="Contents"><ul>
${chapters.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>\n`)}</ul></nav>
<main id="numbers">
${sections}</main>
<footer>${sandbox ? html`<p>Sandbox data: made up, and nobody's.</p>\n` : null}<p>Made by smsfood. This page loads nothing and runs nothing; it shows what was read when it was made.</p></footer>
</body>
</html>
`.text;
}

function renderHeader({ title, lead, facts, warnings, sandbox }: Page): Markup {
  return html`<header>
<p class="brand">smsfood report</p>
<h1>${title}</h1>
<p class="lead">${lead}</p>
${sandbox ? html`<p class="sandbox">Sandbox data</p>\n` : null}<dl class="facts">${facts.map(renderFact)}</dl>
${warnings.length === 0 ? null : html`<div class="warnings"><p><strong>Not all of this report is known.</strong></p>${warnings.map((warning) => html`<p>${sentence(warning)}</p>`)}</div>\n`}</header>`;
}

function renderFact({ label, value }: Fact): Markup {
  return html`<dt>${label}</dt><dd>${sentence(value)}</dd>\n`;
}

async function renderChapter(chapter: Chapter): Promise<Markup> {
  const { id, title, lines, figures, exhibits, notes, definitions } = chapter;
  const isEmpty = figures.length === 0 && exhibits.length === 0;
  const drawn: Markup[] = [];
  for (const [place, exhibit] of exhibits.entries()) {
    const number = exhibits.slice(0, place).filter((each) => each.title === exhibit.title).length;
    const name = `${title}: ${exhibit.title ?? 'numbers'}${number === 0 ? '' : ` (${number + 1})`}`;
    drawn.push(await renderExhibit(exhibit, { id: `${id}-${place}`, name }));
  }
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${lines.map((line) => html`<p class="${isEmpty ? 'unknown' : 'about'}">${sentence(line)}</p>\n`)}${
  figures.length === 0 ? null : html`<dl class="figures">\n${figures.map(renderFigure)}</dl>\n`
}${drawn}${notes.map((note) => html`<p class="notes">${sentence(note)}</p>\n`)}${
  definitions.length === 0
    ? null
    : html`<details><summary>What is counted</summary><dl>${definitions.map(renderFact)}</dl></details>\n`
}</section>
`;
}

function renderFigure({ id, label, value, change }: Figure): Markup {
  return html`<div data-id="${id}"><dt>${label}</dt>${value === null ? html`<dd class="value none">unknown</dd>` : html`<dd class="value">${value}</dd>`}${change === null ? null : html`<dd class="change">${change}</dd>`}</div>\n`;
}
