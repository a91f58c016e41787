import type { Session } from '../db/session.js';
import { moneyColumns, type Range, type Selection, surveySql } from './statement.js';

/** What the database says of a part of the rows before they are copied. */
export interface Slice {
  /** A business day, or a month. */
  key: string;
  rows: number;
  /** Time of its first row, as ISO 8601 in UTC; null where rows are a month's. */
  first: string | null;
  /** Cents by money column. */
  sums: Record<string, bigint>;
}

interface Row {
  slice: string;
  rows: number;
  first: string | null;
  [sum: `s${number}`]: string;
}

/**
 * The planner believes in nearly as many slices as rows, and would rather have one process read them all than sort what
 * several have read; there are few, so that it need not sort.
 */
const READ_BY_SEVERAL = ['parallel_setup_cost', 'parallel_tuple_cost', 'enable_sort', 'enable_gathermerge'];

/** The slices of a selection, in the order of the file. */
export async function readSlices(session: Session, selection: Selection): Promise<Slice[]> {
  await session.query(READ_BY_SEVERAL.map((name) => `SET LOCAL ${name} = 0`).join('; '));
  const { rows } = await session.query<Row>(surveySql(selection));
  await session.query(READ_BY_SEVERAL.map((name) => `SET LOCAL ${name} TO DEFAULT`).join('; '));
  const money = moneyColumns(selection);
  return rows.map((row) => ({
    key: row.slice,
    rows: row.rows,
    first: row.first,
    sums: Object.fromEntries(money.map(({ key }, index) => [key, BigInt(row[`s${index}`] ?? '0')])),
  }));
}

export function countRows(slices: readonly Pick<Slice, 'rows'>[]): number {
  return slices.reduce((total, { rows }) => total + rows, 0);
}

/** The amounts of all slices (`12.99`) by money column; each of these is there, also where there is no slice. */
export function amountsOf(selection: Selection, slices: readonly Pick<Slice, 'sums'>[]): Record<string, string> {
  return Object.fromEntries(
    moneyColumns(selection).map(({ key }) => [
      key,
      decimal(slices.reduce((total, { sums }) => total + (sums[key] ?? 0n), 0n)),
    ]),
  );
}

/** `12.99` of 1299 cents. */
function decimal(cents: bigint): string {
  const size = cents < 0n ? -cents : cents;
  return `${cents < 0n ? '-' : ''}${size / 100n}.${String(size % 100n).padStart(2, '0')}`;
}

/** Fewer rows than this are not worth a second session. */
const WORTH_SPLITTING = 20_000;

/** A range of the period, with what the database says of it. */
export interface Part {
  range: Range;
  slices: Slice[];
}

/** The period in `count` parts of about as many rows, cut where a slice begins. */
export function splitPeriod(slices: readonly Slice[], period: Range, count: number): Part[] {
  const total = countRows(slices);
  let part: Part = { range: { from: period.from, to: period.to }, slices: [] };
  const parts = [part];
  let rows = 0;
  for (const slice of slices) {
    const isFull = rows > 0 && parts.length < count && rows >= (total * parts.length) / count;
    if (isFull && slice.first !== null && total >= WORTH_SPLITTING) {
      part.range.to = slice.first;
      part = { range: { from: slice.first, to: period.to }, slices: [] };
      parts.push(part);
    }
    part.slices.push(slice);
    rows += slice.rows;
  }
  return parts;
}
