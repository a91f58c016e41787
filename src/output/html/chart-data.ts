import type { Chart } from '../../page.js';

/** The page gives them different values in light and dark. */
export const INK = {
  text: { value: 'var(--muted)' },
  line: 'var(--line)',
  series: ['var(--one)', 'var(--two)', 'var(--three)'],
} as const;
export const FONT_SIZE = 12;

export interface Datum {
  /** Its row, since two of them may have the same name. */
  row: number;
  name: string;
  series: string;
  value: number | null;
  label: string;
}

/** From the lowest number to the highest, with 0 between them and never empty. */
export function domainOf(data: readonly Datum[], { form, kind, most }: Chart): [number, number] {
  const rows = [...new Set(data.map(({ row }) => row))];
  const values = (row: number) => data.flatMap((datum) => (datum.row === row ? [datum.value ?? 0] : []));
  const heights =
    form === 'stack' ? rows.map((row) => values(row).reduce((sum, each) => sum + each, 0)) : rows.flatMap(values);
  const [lowest, highest] = [Math.min(0, ...heights), most ?? Math.max(0, ...heights)];
  return lowest === highest ? [0, kind === 'cents' ? 100 : 1] : [lowest, highest];
}
