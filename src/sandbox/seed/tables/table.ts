import type { Generation } from '../../../db/catalog.js';
import type { World } from '../world.js';

/** A value of a row as COPY takes it: texts of times, arrays and JSON are PostgreSQL's own. */
export type Cell = string | number | boolean | null;

/** One table of the platform: which columns the seeder fills, and the rows, in that order, one at a time. */
export interface SeededTable {
  name: string;
  columns(generation: Generation): readonly string[];
  /** About how many rows will come; progress only. */
  expected(world: World): number;
  rows(world: World): Iterable<readonly Cell[]>;
}
