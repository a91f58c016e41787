import type { ColumnKind, Section } from './report.js';

/**
 * A page to be read, printed and shown around. Features turn their results into its chapters; src/output/html/ turns it
 * into one file. As in a Report, values are final: masked where personal, rounded nowhere.
 */
export interface Page {
  title: string;
  /** One sentence below the title. */
  lead: string;
  /** What was read, from where, as of when. */
  facts: Fact[];
  /** What is unknown or missing: it stands before all numbers. */
  warnings: string[];
  chapters: Chapter[];
  /** True where the numbers come from the sandbox. */
  sandbox: boolean;
}

export interface Fact {
  label: string;
  value: string;
}

export interface Chapter {
  /** Anchor within the page: lower-case words with dashes. */
  id: string;
  title: string;
  /** What period it is about, and where its numbers come from; where they are unknown, why. */
  lines: string[];
  figures: Figure[];
  exhibits: Exhibit[];
  /** What a reader has to know of the numbers. */
  notes: string[];
  definitions: Fact[];
}

/** A number that stands out, written as people read it. */
export interface Figure {
  /** `report.metric`, such as `revenue.gmv`: programs find it by this. */
  id: string;
  label: string;
  /** Null where it is unknown. */
  value: string | null;
  /** How it changed, such as `+4.2%`, and from what. */
  change: string | null;
}

/** A table, and a drawing of it. */
export interface Exhibit extends Pick<Section, 'title' | 'lines' | 'table'> {
  /** To be unfolded by who wants it; on paper it is. */
  isFolded?: boolean;
  chart?: Chart;
  /** Shades cells by how large they are: a part of 1 for each row and column key. */
  heat?: Readonly<Record<string, number | null>>[];
}

/** What of the exhibit's table is drawn, so that the drawing shows its numbers and no others. */
export interface Chart {
  /** `line` and `columns` run with time, `stack` puts columns onto each other, `bars` compares things that have names. */
  form: 'line' | 'columns' | 'stack' | 'bars';
  /** Column of the names, or of the days and months. */
  x: string;
  /** Columns of numbers, all of the same kind. Several for `stack` only. */
  y: readonly string[];
  kind: ColumnKind;
  /** Where the scale ends; without it, at the largest number. */
  most?: number;
}

/** A chapter that has nothing to show, and says why. */
export function emptyChapter(id: string, title: string, why: string): Chapter {
  return { id, title, lines: [why], figures: [], exhibits: [], notes: [], definitions: [] };
}
