import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Check } from '../../src/checks/check.js';
import { isBeyond, parseThreshold } from '../../src/checks/threshold.js';
import { blankResult, exitCodeOf, judgeCount } from '../../src/checks/verdict.js';
import { countByStatus, type FindingStatus } from '../../src/report.js';

const operator = fc.constantFrom('>', '>=', '<', '<=');
const limit = fc
  .tuple(fc.integer({ min: -9999, max: 9999 }), fc.nat({ max: 3 }))
  .map(([n, places]) => (n / 10 ** places).toFixed(places));
const space = fc.constantFrom('', ' ', '  ', '\t');

it('a threshold means what its text says, and its text is one again', () => {
  fc.assert(
    fc.property(
      operator,
      limit,
      fc.constantFrom('', '%'),
      space,
      fc.double({ noNaN: true }),
      (sign, number, percent, blank, value) => {
        const parsed = parseThreshold(`${blank}${sign}${blank}${number}${blank}${percent}${blank}`);
        if (parsed === undefined) throw new Error('it is a threshold');
        expect({ ...parsed }).toMatchObject({ operator: sign, limit: Number(number), percent: percent === '%' });
        expect(parseThreshold(parsed.text)).toEqual(parsed);
        const beyond = {
          '>': value > Number(number),
          '>=': value >= Number(number),
          '<': value < Number(number),
          '<=': value <= Number(number),
        };
        expect(isBeyond(parsed, value)).toBe(beyond[parsed.operator]);
      },
    ),
  );
});

it('what is no threshold is none', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parsed = parseThreshold(text);
      expect(parsed !== undefined).toBe(/^\s*[<>]=?\s*-?\d+(\.\d+)?\s*%?\s*$/.test(text));
    }),
  );
});

const RANK: Record<FindingStatus, number> = { pass: 0, warn: 1, fail: 2, error: 3, skipped: -1 };
const check: Check = {
  id: 'a.b',
  domain: 'a',
  title: '',
  dimension: 'validity',
  thresholds: {},
  entity: 'orders',
  population: null,
  key: 'id',
  owner: null,
  why: null,
  remedy: null,
  parameters: {},
  metric: null,
  noValue: 'skip',
  requires: [],
  since: null,
  sql: '',
  file: '',
  sqlLine: 1,
};
const above = fc.tuple(fc.constantFrom('>', '>='), fc.integer({ min: 1, max: 100 }), fc.constantFrom('', '%'));

it('more violations are never judged better, and none are fine', () => {
  fc.assert(
    fc.property(above, above, fc.integer({ min: 1, max: 10_000 }), fc.nat(), fc.nat(), (fail, warn, rows, a, b) => {
      const thresholds = { fail: parseThreshold(fail.join(' ')), warn: parseThreshold(warn.join(' ')) };
      if (thresholds.fail === undefined || thresholds.warn === undefined) throw new Error('both are thresholds');
      const judged = { ...check, thresholds: { fail: thresholds.fail, warn: thresholds.warn } };
      const [fewer, more] = [a % (rows + 1), b % (rows + 1)].sort((x, y) => x - y);
      const status = (violations = 0) => RANK[judgeCount(judged, violations, rows)];
      expect(status(fewer)).toBeLessThanOrEqual(status(more));
      expect(status(0)).toBe(0);
    }),
  );
});

it('a share is compared by exact arithmetic: 7 of 100 is not more than 7%', () => {
  const tenths = fc.integer({ min: 0, max: 1000 });
  const rows = fc.integer({ min: 1, max: 100_000 });
  const any = fc.tuple(tenths, rows, fc.nat()).map(([limit, of, some]) => ({ limit, of, violations: some % (of + 1) }));
  const atTheLimit = fc
    .tuple(tenths, fc.integer({ min: 1, max: 100 }), fc.constantFrom(-1, 0, 1))
    .map(([limit, thousands, off]) => ({
      limit,
      of: 1000 * thousands,
      violations: Math.max(0, limit * thousands + off),
    }));
  fc.assert(
    fc.property(fc.oneof(any, atTheLimit), ({ limit, of, violations }) => {
      const threshold = parseThreshold(`> ${(limit / 10).toFixed(1)}%`);
      if (threshold === undefined) throw new Error('it is a threshold');
      const isOver = BigInt(violations) * 1000n > BigInt(limit) * BigInt(of);
      expect(judgeCount({ ...check, thresholds: { fail: threshold } }, violations, of)).toBe(isOver ? 'fail' : 'pass');
    }),
    { numRuns: 1000 },
  );
});

it('an exit code of 0 means that nothing failed, and that everything could be judged', () => {
  const status = fc.constantFrom<FindingStatus>('pass', 'warn', 'fail', 'error', 'skipped');
  fc.assert(
    fc.property(fc.array(status), fc.constantFrom('fail', 'warn', 'never'), (statuses, failOn) => {
      const summary = countByStatus(statuses.map((each) => ({ ...blankResult(check), status: each })));
      const isFinding = (each: FindingStatus) =>
        failOn !== 'never' && (each === 'fail' || (each === 'warn' && failOn === 'warn'));
      const expected = statuses.some(isFinding) ? 1 : statuses.includes('error') ? 3 : 0;
      expect(exitCodeOf(summary, failOn)).toBe(expected);
    }),
  );
});
