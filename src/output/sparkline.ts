import type { Sparkline } from '../report.js';

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII = ['_', '.', '-', '~', '=', '+', '*', '#'];
const MOST = 60;

/** A line of numbers as tall as they are, from the smallest to the largest; a gap where there is none. */
export function sparkline(values: readonly (number | null)[], unicode: boolean): string {
  const drawn = values.length > MOST ? averaged(values) : values;
  const known = drawn.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const marks = unicode ? BLOCKS : ASCII;
  return drawn
    .map((value) => {
      if (value === null) return ' ';
      // All the same: a level line, neither high nor low.
      const height = most === least ? 0.4 : (value - least) / (most - least);
      return marks[Math.round(height * (marks.length - 1))] ?? ' ';
    })
    .join('');
}

/** The line with its name before and its range behind it. */
export function namedSparkline({ label, values, range }: Sparkline): string {
  return `${label}: ${sparkline(values, true)} ${range}`;
}

/** As many stretches as there is room for, each its mean. */
function averaged(values: readonly (number | null)[]): (number | null)[] {
  return Array.from({ length: MOST }, (_, place) => {
    const [from, to] = [place, place + 1].map((each) => Math.floor((each * values.length) / MOST));
    const known = values.slice(from, to).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  });
}
