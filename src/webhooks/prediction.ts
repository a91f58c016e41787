import type { RowChange } from '../changed-rows.js';

/** What a replay of an event would do, as found by doing it in a transaction that is rolled back. */
export interface Prediction {
  /** `unknown` where it could not be tried: `message` says why. */
  effect: 'change' | 'no-op' | 'error' | 'unknown';
  /** How the attempt would end: processed, ignored, waiting, retry or dead; null where it could not be tried. */
  result: string | null;
  /** One sentence without personal data. */
  message: string;
  changes: RowChange[];
}
