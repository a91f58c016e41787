import type { Column } from './column.js';

export const DATASET_NAMES = ['orders', 'customers', 'invoices', 'tax', 'sms', 'changes'] as const;
export type DatasetName = (typeof DATASET_NAMES)[number];

/** What the rows of an export depend on, besides the columns. Texts are quoted for SQL already: COPY takes no parameters. */
export interface Scope {
  isNewer: boolean;
  timezone: string;
  /** `('PAID', …)`. */
  sold: string;
  /** Timestamps without zone, in UTC; null where the period has no such end. */
  from: string | null;
  to: string | null;
  business: string | null;
  /** `('PAID', …)`. */
  statuses: string | null;
  /** Whether a column of the file tells what a business was: only then ops need be there. */
  hasHistory: boolean;
}

/** The months of an aggregated data set begin and end with the calendar's, in the business time zone. */
export interface Dataset {
  name: DatasetName;
  /** What one row is, in a few words. */
  summary: string;
  columns: readonly Column[];
  /** Key of the column that identifies a row. */
  id: string;
  /** What the manifest keeps a digest of: the rows of a business day, or of a month where rows are a month's. */
  slice: 'day' | 'month';
  /** Without --from, --to and --month. */
  period: 'last month' | 'all';
  statuses?: readonly string[];
  /** Whether rows have a business, in this generation of the schema. */
  hasBusiness: (isNewer: boolean) => boolean;
  /** SQL of the time that the period and the order go by; of the month for an aggregated set. */
  time: string;
  /** SQL of the order of the rows, which is total. */
  order: string;
  /** Conditions besides the period. */
  conditions(scope: Scope): string[];
  /** Everything behind FROM that the columns need, with the rows restricted to `where`. */
  from(scope: Scope, where: string): string;
  /** The same for counting and adding up: without joins that change nothing. */
  counted?(scope: Scope, where: string): string;
}
