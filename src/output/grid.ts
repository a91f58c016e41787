import CliTable from 'cli-table3';
import type { Cell, Column, Table } from '../report.js';
import { printableLine } from './printable.js';
import { formatCell, isRightAligned } from './values.js';
import { BARE, displayWidth, type WrapOptions, widestPart, wrap } from './wrap.js';

export interface GridStyle {
  /** No line is wider than this. */
  width: number;
  ellipsis: string;
  /** What the line below the headings is made of. */
  rule: string;
  /** Called with map: looks at its first argument only. */
  paintHead: (text: string) => string;
  paintCell: (text: string, value: Cell, column: Column) => string;
}

interface GridColumn extends Column {
  cells: string[];
  natural: number;
  /** A name stays whole to here, so that it can be copied: after its punctuation it may be broken. */
  unbroken: number;
  /** Numbers, times and statuses are never broken; text and names may be, down to this. */
  minimum: number;
}

const GAP = '  ';
const NARROWEST = 14;
/** Text gives way first, down to this; only then names are broken too. */
const COMFORTABLE_TEXT = 20;
const MAX_CELL_LINES = 4;
const ROWS_AT_ONCE = 100;

/** Rows below their headings; where the columns cannot stand side by side, each row becomes a block of `label  value`. */
export function renderGrid(table: Table, style: GridStyle): string[] {
  const columns = table.columns.map((column) => measure(column, table.rows));
  const widths = shareWidth(columns, style.width - GAP.length * (columns.length - 1));
  return widths === null ? renderBlocks(columns, table.rows, style) : renderRows(columns, table.rows, widths, style);
}

function measure(column: Column, rows: Table['rows']): GridColumn {
  const label = printableLine(column.label);
  const cells = rows.map((row) => formatCell(row[column.key] ?? null, column.kind));
  const widest = cells.reduce((most, cell) => Math.max(most, displayWidth(cell)), 0);
  const longestWord = Math.max(...label.split(' ').map(displayWidth));
  const isBreakable = column.kind === 'text' || column.kind === 'id';
  const natural = Math.max(widest, displayWidth(label));
  const minimum = Math.max(longestWord, isBreakable ? Math.min(widest, NARROWEST) : widest);
  const unbroken =
    column.kind === 'id' ? cells.reduce((most, cell) => Math.max(most, widestPart(cell)), minimum) : minimum;
  return { ...column, label, cells, natural, unbroken, minimum: Math.min(minimum, natural) };
}

/** A width for each column, or null where even the narrowest do not fit. */
function shareWidth(columns: GridColumn[], available: number): number[] | null {
  const widths = columns.map(({ natural }) => natural);
  const excess = (): number => widths.reduce((sum, width) => sum + width, 0) - available;
  // Headings of numbers wrap before any value does.
  const stages: ((column: GridColumn) => number)[] = [
    ({ kind, minimum, natural }) => (kind === 'text' || kind === 'id' ? natural : minimum),
    ({ kind, minimum, natural }) => (kind === 'id' ? natural : Math.min(natural, Math.max(minimum, COMFORTABLE_TEXT))),
    ({ unbroken }) => unbroken,
    ({ minimum }) => minimum,
  ];
  for (const floorOf of stages) {
    const floors = columns.map((column, index) => Math.min(floorOf(column), widths[index] ?? 0));
    takeFromWidest(widths, floors, excess());
  }
  return excess() > 0 ? null : widths;
}

function takeFromWidest(widths: number[], floors: number[], excess: number): void {
  for (let left = excess; left > 0; left -= 1) {
    const slack = widths.map((width, index) => (width > (floors[index] ?? 0) ? width : 0));
    const widest = slack.indexOf(Math.max(...slack));
    if (slack[widest] === 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function renderRows(columns: GridColumn[], rows: Table['rows'], widths: number[], style: GridStyle): string[] {
  const headings = columns.map(({ label }, index) => wrapIn(label, 'text', widths[index] ?? 0, style));
  const height = Math.max(...headings.map((lines) => lines.length));
  // Short headings stand at the bottom, next to the rule.
  const head = headings.map((lines) =>
    [...blankLines(height - lines.length), ...lines].map(style.paintHead).join('\n'),
  );
  const rule = widths.map((width) => style.paintHead(style.rule.repeat(width)));
  const body = rows.map((row, rowIndex) =>
    columns.map((column, index) => paintedCell(column, row, rowIndex, widths[index] ?? 0, style)),
  );
  const aligns = columns.map(({ kind }) => (isRightAligned(kind) ? 'right' : 'left'));
  return draw([head, rule, ...body], widths, aligns);
}

function renderBlocks(columns: GridColumn[], rows: Table['rows'], style: GridStyle): string[] {
  const widestLabel = Math.max(...columns.map(({ label }) => displayWidth(label)));
  const labelWidth = Math.min(widestLabel, Math.floor(style.width / 3));
  const valueWidth = style.width - labelWidth - GAP.length;
  return rows.flatMap((row, rowIndex) => {
    const cells = columns.map((column) => [
      wrapIn(column.label, 'text', labelWidth, style).map(style.paintHead).join('\n'),
      paintedCell(column, row, rowIndex, valueWidth, style),
    ]);
    return [...blankLines(rowIndex === 0 ? 0 : 1), ...draw(cells, [labelWidth, valueWidth], ['left', 'left'])];
  });
}

function paintedCell(
  column: GridColumn,
  row: Table['rows'][number],
  rowIndex: number,
  width: number,
  { paintCell, ...style }: GridStyle,
): string {
  return wrapIn(column.cells[rowIndex] ?? '', column.kind, width, style)
    .map((line) => paintCell(line, row[column.key] ?? null, column))
    .join('\n');
}

/** In portions: cli-table3 compares each cell with all others, which made 5,000 rows take 5 s. */
function draw(rows: string[][], colWidths: number[], colAligns: ('left' | 'right')[]): string[] {
  const lines: string[] = [];
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
    const grid = new CliTable({ ...BARE, chars: { ...BARE.chars, middle: GAP }, colWidths: [...colWidths], colAligns });
    grid.push(...rows.slice(start, start + ROWS_AT_ONCE));
    lines.push(...grid.toString().split('\n'));
  }
  return lines.map((line) => line.trimEnd());
}

function blankLines(count: number): string[] {
  return Array.from({ length: count }, () => '');
}

function wrapIn(
  text: string,
  kind: Column['kind'],
  width: number,
  { ellipsis }: Pick<GridStyle, 'ellipsis'>,
): string[] {
  const breaks: WrapOptions['breaks'] = kind === 'id' ? 'punctuation' : 'words';
  return wrap(text, { width, maxLines: MAX_CELL_LINES, ellipsis, breaks });
}
