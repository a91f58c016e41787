/** What a statement answered, for one probe. */
export type Answer =
  /**
   * `known`: violations that the baseline excuses, `recognised`: its keys that they have. `samples` stands where the
   * statement was answered whole; those of a scan are taken afterwards.
   */
  | {
      kind: 'count';
      violations: number;
      known: number;
      recognised: number;
      cents: number | null;
      samples: Record<string, unknown>[] | null;
    }
  | { kind: 'metric'; row: Record<string, unknown> | null }
  | { kind: 'rows'; rows: number };

/** What came back is no answer to the check's question; `code` goes into its result. */
export class UnusableAnswer extends Error {
  readonly code: 'NOT_EXACT' | 'NOT_ONE_ROW';

  constructor(code: UnusableAnswer['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** A count with its money and, where they were taken along, its samples. */
export function countAnswer(
  count: unknown,
  cents: unknown,
  samples: Record<string, unknown>[] | null,
): Answer & { kind: 'count' } {
  return {
    kind: 'count',
    violations: exact(count),
    known: 0,
    recognised: 0,
    cents: cents === undefined ? null : exact(cents),
    samples,
  };
}

/** A count or a sum of cents as a number; a fraction, or beyond 2^53 a wrong one, is refused. */
export function exact(value: unknown): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  const isFraction = Number.isFinite(number) && !Number.isInteger(number);
  const problem = isFraction
    ? 'is no whole number of cents: round it in the SQL'
    : 'is too large to be counted exactly';
  throw new UnusableAnswer('NOT_EXACT', `${String(value)} ${problem}`);
}

/** The row of a metric, null where it has none. */
export function onlyRow(rows: unknown): Record<string, unknown> | null {
  const [row, other]: unknown[] = Array.isArray(rows) ? rows : [];
  if (other !== undefined)
    throw new UnusableAnswer('NOT_ONE_ROW', 'a metric selects one row, and this one has several');
  return isRecord(row) ? row : null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
