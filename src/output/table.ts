import { Chalk, type ChalkInstance } from 'chalk';
import type { Cell, Column, FindingStatus, Section, Sparkline } from '../report.js';
import { type GridStyle, renderGrid } from './grid.js';
import { printableLine, printableText } from './printable.js';
import type { Renderer, RenderStyle } from './renderer.js';
import { sparkline } from './sparkline.js';
import { displayWidth, wrap } from './wrap.js';

const INDENT = '  ';
/** Nothing readable fits into less, whatever the terminal says of itself (0 is common inside of editors). */
const LEAST_COLUMNS = 40;

type Paint = (text: string) => string;

/** The readable form: sections with headings, quiet tables below them, no line wider than the terminal. */
export const renderTable: Renderer = (report, style) => {
  // A level of our own: chalk's detection looks at this process's stdout, which may not be where the text goes.
  const ink = new Chalk({ level: style.color ? 1 : 0 });
  const width = Number.isFinite(style.columns) ? Math.max(style.columns, LEAST_COLUMNS) : LEAST_COLUMNS;
  const blocks = [
    ...(report.sandbox ? [ink.yellow('sandbox data')] : []),
    ...report.sections.map((section) => renderSection(section, { ...style, columns: width }, ink)),
  ];
  return `${blocks.join('\n\n')}\n`;
};

function renderSection(section: Section, style: RenderStyle, ink: ChalkInstance): string {
  const ellipsis = style.unicode ? '…' : '...';
  const flow = (line: string): string[] => wrapLine(printableLine(line), style.columns, ellipsis);
  const title = section.title === undefined ? [] : flow(section.title).map((line) => ink.bold(line));
  const lines = section.lines?.flatMap(flow) ?? [];
  const drawings = section.sparklines === undefined ? [] : renderSparklines(section.sparklines, style);
  const grid = section.table === undefined ? [] : renderTablePart(section.table, style, ellipsis, ink);
  const code = section.code === undefined ? [] : printableText(section.code.text).trimEnd().split('\n');
  const parts = [lines, code, drawings, grid].filter((part) => part.length > 0);
  return [...title, ...parts.flatMap((part, index) => (index === 0 ? part : ['', ...part]))].join('\n');
}

function renderSparklines(sparklines: readonly Sparkline[], { unicode }: RenderStyle): string[] {
  const width = Math.max(...sparklines.map(({ label }) => displayWidth(label)));
  return sparklines.map(
    ({ label, values, range }) =>
      `${INDENT}${label}${' '.repeat(width - displayWidth(label))}  ${sparkline(values, unicode)}  ${range}`,
  );
}

function renderTablePart(
  table: NonNullable<Section['table']>,
  style: RenderStyle,
  ellipsis: string,
  ink: ChalkInstance,
): string[] {
  if (table.rows.length === 0) return [`${INDENT}${ink.dim('none')}`];
  const gridStyle: GridStyle = {
    width: style.columns - INDENT.length,
    ellipsis,
    rule: style.unicode ? '─' : '-',
    paintHead: (text) => ink.dim(text),
    paintCell: (text, value, column) => cellPaint(value, column, ink)(text),
  };
  return renderGrid(table, gridStyle).map((line) => (line === '' ? '' : `${INDENT}${line}`));
}

function cellPaint(value: Cell, { kind }: Column, ink: ChalkInstance): Paint {
  if (value === null) return ink.dim;
  if (kind !== 'status') return (text) => text;
  const paints: Record<FindingStatus, Paint> = {
    pass: ink.green,
    warn: ink.yellow,
    fail: ink.red,
    error: ink.magenta,
    skipped: ink.dim,
  };
  return Object.entries(paints).find(([status]) => status === value)?.[1] ?? ((text) => text);
}

/** Continuation lines keep the indentation of the first, and stand below the value of `label  value`. */
function wrapLine(line: string, columns: number, ellipsis: string): string[] {
  const indent = /^ */.exec(line)?.[0].slice(0, Math.floor(columns / 2)) ?? '';
  const labelled = /^[a-z]+(?: [a-z]+)? {2,}/.exec(line)?.[0] ?? '';
  const head = labelled !== '' && labelled.length < columns / 2 ? labelled : indent;
  const rest = line.slice(head.length).trim();
  const parts = wrap(rest, { width: columns - head.length, ellipsis, breaks: 'words' });
  return parts.map((part, index) => `${index === 0 ? head : ' '.repeat(head.length)}${part}`.trimEnd());
}
