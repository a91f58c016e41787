import { type Digits, fixedWidth } from './digits.js';
import { hash32, hashText } from './random.js';

/** Powers of 36 in groups of three digits, of 16 in groups of four: tables of about 50,000 entries. */
const base36 = (width: number): Digits => fixedWidth(36, width, 3);
const COUNTERS = 36 ** 5;
const RANDOM_SPREAD = 36 ** 7 / 4294967296;

/** The id of a table's row `index`, made at `time` (ms). Pure: a reference to a row is its id computed once more. */
export type RowIds = (time: number, index: number) => string;

/**
 * Ids in the shape of a cuid: c, 8 characters of time, 5 of counter, 4 of host (here: the table), 7 of randomness.
 * They sort by time, so that the primary keys' indexes grow at their right edge while COPY runs, as in production.
 */
export function rowIds(seed: number, table: string): RowIds {
  const key = hashText(table, seed);
  const host = base36(4)(key % 36 ** 4);
  const [moment, counter, random] = [base36(8), base36(5), base36(7)];
  return (time, index) =>
    `c${moment(time)}${counter(index % COUNTERS)}${host}${random(Math.floor(hash32(key, index, 7) * RANDOM_SPREAD))}`;
}

/** Lower-case hexadecimal ids of providers: `prefix` and 32 digits, the last eight of them the index, hence unique. */
export function providerIds(seed: number, prefix: string): (index: number) => string {
  const key = hashText(prefix, seed);
  const hex = fixedWidth(16, 8, 4);
  return (index) =>
    `${prefix}${hex(hash32(key, index, 1))}${hex(hash32(key, index, 2))}${hex(hash32(key, index, 3))}${hex(index)}`;
}
