import { expect, test } from 'vitest';
import { renderGithub } from '../../src/output/github.js';
import type { FindingStatus } from '../../src/report.js';
import { checkReport, finding, hostileReport } from './samples.js';

const style = { columns: 80, color: true, unicode: true };

function linesOf(counts: Partial<Record<FindingStatus, number>>): string[] {
  const statuses = ['pass', 'warn', 'fail', 'error', 'skipped'] as const;
  const findings = statuses.flatMap((status) => Array.from({ length: counts[status] ?? 0 }, () => finding({ status })));
  return renderGithub(checkReport({ findings }), style).trimEnd().split('\n');
}

test('as GitHub reads it', async () => {
  await expect(renderGithub(checkReport({ sandbox: true }), style)).toMatchFileSnapshot('snapshots/check.github.txt');
});

test('percent, line ends, colons and commas are escaped where they have a meaning', () => {
  const report = checkReport({
    findings: [
      finding({ status: 'fail', title: 'a, b: 100%', message: '50%,\r\nof: them\rall', file: 'a,b:c.sql', line: 3 }),
    ],
  });
  expect(renderGithub(report, style).split('\n')[0]).toBe(
    '::error file=a%2Cb%3Ac.sql,line=3,title=orders.platform-fee-missing%3A a%2C b%3A 100%25::50%25,%0Aof: them\\rall',
  );
});

test('a value cannot add a command', () => {
  const report = hostileReport();
  const lines = renderGithub(report, style).trimEnd().split('\n');
  expect(lines).toHaveLength(6 + 3 + 1);
  for (const line of lines) expect(line).toMatch(/^::(error|warning|notice) [^\r]*::/);
});

test('a check in error is an error that says so', () => {
  expect(linesOf({ error: 1 })[0]).toMatch(/^::error file=.*::could not be evaluated: /);
});

test('ten errors and ten warnings fit without a remainder', () => {
  const lines = linesOf({ fail: 6, error: 4, warn: 10, pass: 3 });
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toBe('::notice title=smsfood check::3 pass, 10 warn, 6 fail, 4 error, 0 skipped');
});

test('more are counted in the last line', () => {
  const lines = linesOf({ fail: 11, error: 3, warn: 22, pass: 1, skipped: 2 });
  expect(lines.filter((line) => line.startsWith('::error'))).toHaveLength(10);
  expect(lines.filter((line) => line.startsWith('::warning'))).toHaveLength(10);
  expect(lines.at(-1)).toBe(
    '::notice title=smsfood check::1 pass, 22 warn, 11 fail, 3 error, 2 skipped; and 4 more errors, 12 more warnings: see the full report',
  );
  expect(linesOf({ warn: 11 }).at(-1)).toMatch(/; and 1 more warning: see the full report$/);
});

test('what passed or was skipped is only counted', () => {
  expect(linesOf({ pass: 2, skipped: 1 })).toEqual([
    '::notice title=smsfood check::2 pass, 0 warn, 0 fail, 0 error, 1 skipped',
  ]);
});
