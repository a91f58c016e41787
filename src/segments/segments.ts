/** What becomes of customers.category. */
export type Category = 'VIP' | 'New' | 'Regular' | 'At-Risk' | 'Lost';

export interface Segment {
  name: string;
  /** The recency and frequency scores that it consists of, as a pattern. */
  cells: string;
  category: Category;
}

/** Each of the 25 cells of recency and frequency belongs to one segment. */
export const SEGMENTS: readonly Segment[] = [
  { name: 'champions', cells: '5[45]', category: 'VIP' },
  { name: 'loyal', cells: '[34][45]', category: 'VIP' },
  { name: 'potential loyalist', cells: '[45][23]', category: 'Regular' },
  { name: 'new', cells: '51', category: 'New' },
  { name: 'promising', cells: '41', category: 'New' },
  { name: 'need attention', cells: '33', category: 'Regular' },
  { name: 'about to sleep', cells: '3[12]', category: 'Regular' },
  { name: 'at risk', cells: '[12][34]', category: 'At-Risk' },
  { name: 'cannot lose', cells: '[12]5', category: 'At-Risk' },
  { name: 'hibernating', cells: '2[12]', category: 'Lost' },
  { name: 'lost', cells: '1[12]', category: 'Lost' },
];

/** Customers who bought, but not within the 12 months: they have no scores, and are lost. */
export const LAPSED_CATEGORY: Category = 'Lost';

/** Fewer buying customers than this make no quintiles that mean anything. */
export const FEWEST_CUSTOMERS = 100;

/** The cells with their segments, side by side, as SQL takes them. */
export function segmentCells(): { cells: string[]; segments: string[]; categories: string[] } {
  const digits = [1, 2, 3, 4, 5];
  const cells = digits.flatMap((recency) => digits.map((frequency) => `${recency}${frequency}`));
  const found = cells.map((cell) => SEGMENTS.find((segment) => new RegExp(`^${segment.cells}$`).test(cell)));
  return {
    cells,
    segments: found.map((segment) => segment?.name ?? ''),
    categories: found.map((segment) => segment?.category ?? ''),
  };
}
