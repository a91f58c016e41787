import type { Cell, ColumnKind, Section, Table } from '../report.js';
import { printableLine, printableText } from './printable.js';
import type { Renderer } from './renderer.js';
import { namedSparkline } from './sparkline.js';
import { formatCell, isRightAligned } from './values.js';

const HTML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** GitHub-flavoured Markdown: a heading a section, tables aligned as on a terminal, values unable to be markup. */
export const renderMarkdown: Renderer = (report) => {
  const blocks = [
    `# smsfood ${escapeMarkdown(report.name)}`,
    ...(report.sandbox ? ['> **Sandbox data**'] : []),
    ...report.sections.flatMap(renderSection),
  ];
  return `${blocks.join('\n\n')}\n`;
};

function renderSection(section: Section): string[] {
  return [
    ...(section.title === undefined ? [] : [`## ${escapeMarkdown(printableLine(section.title))}`]),
    ...(section.lines === undefined ? [] : renderLines(section.lines)),
    ...(section.code === undefined ? [] : [renderCode(section.code)]),
    ...(section.sparklines === undefined ? [] : renderLines(section.sparklines.map(namedSparkline))),
    ...(section.table === undefined ? [] : [renderTable(section.table)]),
  ];
}

function renderCode({ language, text }: NonNullable<Section['code']>): string {
  return `\`\`\`${language}\n${printableText(text).trimEnd().replaceAll('```', "'''")}\n\`\`\``;
}

/** Lines stay lines (a backslash breaks them), an empty one ends the paragraph. */
function renderLines(lines: string[]): string[] {
  return lines
    .map((line) => escapeLineStart(escapeMarkdown(printableLine(line.trim()))))
    .join('\\\n')
    .split(/(?:^|\\\n)(?:\\\n|$)/)
    .filter((paragraph) => paragraph !== '');
}

function renderTable({ columns, rows }: Table): string {
  if (rows.length === 0) return '*none*';
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ label }) => escapeMarkdown(printableLine(label)))),
    line(columns.map(({ kind }) => (isRightAligned(kind) ? '---:' : '---'))),
    ...rows.map((row) => line(columns.map(({ key, kind }) => renderCell(row[key] ?? null, kind)))),
  ].join('\n');
}

function renderCell(value: Cell, kind: ColumnKind): string {
  // A name that cannot hold markup is set as code; the rest is escaped, and keeps its own line breaks.
  if (kind === 'id' && typeof value === 'string' && /^[\w.:+-]+$/.test(value)) return `\`${value}\``;
  if (kind === 'text' && typeof value === 'string') {
    return escapeMarkdown(printableText(value)).replaceAll('\n', '<br>');
  }
  return isRightAligned(kind) && typeof value === 'number'
    ? formatCell(value, kind)
    : escapeMarkdown(formatCell(value, kind));
}

function escapeMarkdown(text: string): string {
  return text.replace(/[&<>]/g, (character) => HTML[character] ?? character).replace(/[\\`*_~$|[\]]/g, '\\$&');
}

/** Escapes what makes a heading, a list, a rule or a quotation at the beginning of a line only. */
function escapeLineStart(line: string): string {
  return line.replace(/^([#+=-])/, '\\$1').replace(/^(\d+)([.)])/, '$1\\$2');
}
