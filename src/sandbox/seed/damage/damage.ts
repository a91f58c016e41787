/** Sends a statement and returns how many rows it touched. */
export type Change = (sql: string, values?: readonly string[]) => Promise<number>;

export interface Moment {
  /** The seeder's now, as a timestamp in UTC. */
  now: string;
  /** The same in ms since the epoch. */
  time: number;
  timezone: string;
}

/** One way in which the clean marketplace is spoilt. */
export interface Damage {
  /** The check that finds it, or the hazard of PLATFORM.md in a word where several checks do. */
  id: string;
  /** `realistic` comes about by the platform's own code, at a plausible rate; `every` completes the catalogue with a few rows. */
  in: 'realistic' | 'every';
  /**
   * Rows are picked by a hash of their id, so that the same marketplace is spoilt in the same places. Shares of small tables
   * have a floor (`greatest`), or a marketplace of 200 customers would have no duplicate.
   */
  apply(change: Change, moment: Moment): Promise<number>;
}
