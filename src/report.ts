/**
 * What a command hands to a renderer. Features turn their results into this shape; src/output/ turns it into bytes.
 * Values here are final: masked where personal, rounded nowhere. Money is integer cents, times are ISO 8601 in UTC.
 */

export type Cell = string | number | boolean | null;

/** How a column is meant, so that each format can print it its own way (a table aligns and colours, CSV does not). */
export type ColumnKind =
  | 'text'
  | 'id'
  | 'status'
  | 'integer'
  | 'number'
  | 'percent'
  | 'cents'
  | 'milliseconds'
  | 'time';

export interface Column {
  key: string;
  label: string;
  kind: ColumnKind;
}

export interface Table {
  columns: Column[];
  rows: Record<string, Cell>[];
}

/** A part of the readable formats (table, markdown): a heading, then lines of text, code, small drawings, a table. */
export interface Section {
  title?: string;
  table?: Table;
  lines?: string[];
  /** Text in a language of its own, shown as it stands: a diagram, a JSON Schema. */
  code?: { language: string; text: string };
  sparklines?: Sparkline[];
}

/** Numbers in the order of time, drawn as a small line with `range` behind it. */
export interface Sparkline {
  label: string;
  values: (number | null)[];
  range: string;
}

export type FindingStatus = 'pass' | 'warn' | 'fail' | 'error' | 'skipped';

export type StatusCounts = Record<FindingStatus, number>;

/** How many of the judged things came to each status. */
export function countByStatus(judged: readonly { status: FindingStatus }[]): StatusCounts {
  const counts: StatusCounts = { pass: 0, warn: 0, fail: 0, error: 0, skipped: 0 };
  for (const { status } of judged) counts[status]++;
  return counts;
}

/** One judged thing, for the formats of CI systems (junit, sarif, github). */
export interface Finding {
  id: string;
  title: string;
  status: FindingStatus;
  /** One sentence: what was found, or why it could not be judged. */
  message: string;
  remedy: string | null;
  /** Path of the file that defines the rule, relative to the working directory where it lies inside it. */
  file: string;
  /** 1-based line in that file that a reader should look at. */
  line: number;
  durationMs: number | null;
  tags: Record<string, string>;
}

export interface Report {
  /** Name of the command, such as `check`. */
  name: string;
  /** The documented JSON form, printed by `--format json` as it stands. */
  document: Record<string, unknown>;
  /** The flat form, printed by `--format csv`. */
  table: Table;
  /** The readable form, printed by `--format table` and `--format markdown`. */
  sections: Section[];
  /** Present where the result is a list of judged things. */
  findings?: Finding[];
  /** True where the numbers come from the sandbox; every format says so. */
  sandbox: boolean;
}
