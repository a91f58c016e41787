import type { Report } from '../report.js';

/** What the place that shows the text can do; only the table looks at it. */
export interface RenderStyle {
  /** Width of the terminal, in columns. */
  columns: number;
  color: boolean;
  /** False where the terminal's encoding has no … or ─. */
  unicode: boolean;
}

/** The whole text of one format, ending with a newline. */
export type Renderer = (report: Report, style: RenderStyle) => string;
