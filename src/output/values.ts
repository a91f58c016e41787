import type { Cell, ColumnKind } from '../report.js';
import { printableLine } from './printable.js';

/** What stands in a readable format where there is no value: never a zero. */
const NO_VALUE = '-';

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const DECIMAL = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const SMALL = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });
const PERCENT = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const NEAR_THE_END = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const RIGHT_ALIGNED: ReadonlySet<ColumnKind> = new Set(['integer', 'number', 'percent', 'cents', 'milliseconds']);

const FORMATTERS: Record<ColumnKind, (value: Cell) => string | null> = {
  text: () => null,
  id: () => null,
  status: () => null,
  time: formatTime,
  integer: (value) => ifWhole(value, (whole) => GROUPED.format(whole)) ?? ifNumber(value, formatNumber),
  number: (value) => ifNumber(value, formatNumber),
  percent: (value) => ifNumber(value, formatPercent),
  cents: (value) => ifWhole(value, formatCents) ?? ifNumber(value, (cents) => formatCents(BigInt(Math.round(cents)))),
  milliseconds: (value) => ifNumber(value, formatMilliseconds),
};

/**
 * A cell as a person reads it, on one line and harmless. Numbers are in the unit that the kind names: 12.5 of kind
 * `percent` is 12.5%, 1234 of kind `cents` is $12.34. A value that does not fit its kind is shown as it is.
 */
export function formatCell(value: Cell, kind: ColumnKind): string {
  if (value === null) return NO_VALUE;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return FORMATTERS[kind](value) ?? printableLine(String(value));
}

export function isRightAligned(kind: ColumnKind): boolean {
  return RIGHT_ALIGNED.has(kind);
}

/** Whole numbers also come as text: PostgreSQL's bigint is wider than a JavaScript number. */
function ifWhole(value: Cell, format: (whole: bigint) => string): string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return format(BigInt(value));
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return format(BigInt(value));
  return null;
}

function ifNumber(value: Cell, format: (number: number) => string): string | null {
  return typeof value === 'number' && Number.isFinite(value) ? format(value) : null;
}

function formatNumber(value: number): string {
  return Math.abs(value) >= 1 || value === 0 ? DECIMAL.format(value) : SMALL.format(value);
}

/** Two decimals near 0 and 100, where one would hide what thresholds such as "> 0.1%" look at, and never a false 0 or 100. */
function formatPercent(value: number): string {
  if (value > 0 && value < 0.005) return '<0.01%';
  if (value >= 99.995 && value < 100) return '>99.99%';
  const isNearTheEnd = (value !== 0 && Math.abs(value) < 1) || (value > 99 && value < 100);
  return `${(isNearTheEnd ? NEAR_THE_END : PERCENT).format(value)}%`;
}

function formatCents(cents: bigint): string {
  const size = cents < 0n ? -cents : cents;
  const fraction = String(size % 100n).padStart(2, '0');
  return `${cents < 0n ? '-' : ''}$${GROUPED.format(size / 100n)}.${fraction}`;
}

function formatMilliseconds(value: number): string {
  if (value > 0 && value < 0.5) return '<1 ms';
  if (Math.round(value) < 1000) return `${Math.round(value)} ms`;
  if (value < 59_950) return `${(value / 1000).toFixed(1)} s`;
  const seconds = Math.round(value / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** An ISO 8601 time in UTC to the second; anything else stays as it is. */
function formatTime(value: Cell): string | null {
  const match = typeof value === 'string' ? /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(value) : null;
  return match ? `${match[1]} ${match[2]}Z` : null;
}
