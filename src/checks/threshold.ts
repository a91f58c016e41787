/** A limit such as `> 0`, `> 0.1%` or `< 0.95`. */
export interface Threshold {
  operator: '>' | '>=' | '<' | '<=';
  limit: number;
  /** True where violations are compared as a percentage of rows. */
  percent: boolean;
  /** As written. */
  text: string;
}

/** Reads a threshold; undefined when the text is none. */
export function parseThreshold(text: string): Threshold | undefined {
  const match = /^\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)\s*(%?)\s*$/.exec(text);
  if (match === null) return undefined;
  const operator = match[1];
  if (operator !== '>' && operator !== '>=' && operator !== '<' && operator !== '<=') return undefined;
  const percent = match[3] === '%';
  return { operator, limit: Number(match[2]), percent, text: `${operator} ${match[2]}${match[3]}` };
}

/** Whether a value lies beyond a threshold's limit. */
export function isBeyond({ operator, limit }: Threshold, value: number): boolean {
  switch (operator) {
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
  }
}

/** Thresholds as one reads them: `> 0`, or `fail > 5%, warn > 0` where there are two. */
export function describeThresholds(thresholds: { fail?: Threshold; warn?: Threshold }): string {
  const { fail, warn } = thresholds;
  if (fail !== undefined && warn !== undefined) return `fail ${fail.text}, warn ${warn.text}`;
  return (fail ?? warn)?.text ?? '';
}
