import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Cell } from './tables/table.js';

/** Rows are sent in pieces of about this many characters: 16 kB to 256 kB made no difference, a row at a time took twice as long. */
const PIECE = 65_536;

/** Streams rows into a table at the speed at which the server takes them; returns how many there were. */
export async function copyRows(
  client: pg.ClientBase,
  table: string,
  columns: readonly string[],
  rows: Iterable<readonly Cell[]>,
  onRows: (rows: number) => void,
  signal?: AbortSignal,
): Promise<number> {
  let count = 0;
  function* pieces(): Generator<string> {
    let piece = '';
    for (const row of rows) {
      piece += encodeRow(row);
      count++;
      if (piece.length >= PIECE) {
        yield piece;
        piece = '';
        onRows(count);
      }
    }
    if (piece !== '') yield piece;
  }
  const names = columns.map(pg.escapeIdentifier).join(', ');
  // FREEZE: the tables were truncated in this transaction, so the rows need no second pass by vacuum.
  const target = client.query(copyFrom(`COPY ${pg.escapeIdentifier(table)} (${names}) FROM STDIN (FREEZE)`));
  await pipeline(Readable.from(pieces()), target, { signal });
  onRows(count);
  return count;
}

/** A line of COPY's text format. */
export function encodeRow(row: readonly Cell[]): string {
  return `${row.map(encodeCell).join('\t')}\n`;
}

function encodeCell(cell: Cell): string {
  if (cell === null) return '\\N';
  if (typeof cell === 'boolean') return cell ? 't' : 'f';
  if (typeof cell === 'number') return String(cell);
  return NEEDS_ESCAPE.test(cell) ? cell.replace(SPECIAL, (character) => ESCAPES[character] ?? character) : cell;
}

const NEEDS_ESCAPE = /[\\\t\n\r]/;
const SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
