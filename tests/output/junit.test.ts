import { expect, test } from 'vitest';
import { renderJunit } from '../../src/output/junit.js';
import { checkReport, finding, hostileReport } from './samples.js';
import { junitErrors } from './schemas.js';

const style = { columns: 80, color: true, unicode: true };

test('as a CI system reads it', async () => {
  const xml = renderJunit(checkReport({ sandbox: true }), style);
  expect(await junitErrors(xml)).toEqual([]);
  await expect(xml).toMatchFileSnapshot('snapshots/check.junit.xml');
});

test('the schema would object', async () => {
  const xml = renderJunit(checkReport(), style);
  expect(await junitErrors(xml.replace('<failure', '<failed').replace('</failure', '</failed'))).not.toEqual([]);
  expect(await junitErrors(xml.replace(' tests="5"', ''))).toEqual([]); // optional on <testsuites>
  expect(await junitErrors(xml.replaceAll(' tests="5"', ''))).not.toEqual([]); // not on <testsuite>
});

test('hostile values are well-formed XML and nothing but text', async () => {
  const xml = renderJunit(hostileReport(), style);
  expect(await junitErrors(xml)).toEqual([]);
  expect(xml).not.toMatch(/<script|<!\[CDATA|]]>/);
  expect(xml).toContain('&lt;![CDATA[ ]]&gt; &amp; &lt;script&gt;');
  expect(xml).toContain('nul \\x00 byte, \\ufffe no character');
});

test.each([
  ['pass', /^<testcase [^>]*\/>$/],
  [
    'warn',
    /^<testcase [^>]*>\s*<system-out>warning: said\nRemedy: fix it\ndir\/file\.sql:3<\/system-out>\s*<\/testcase>$/,
  ],
  [
    'fail',
    /^<testcase [^>]*>\s*<failure type="validity" message="said">said\nRemedy: fix it\ndir\/file\.sql:3<\/failure>/,
  ],
  [
    'error',
    /^<testcase [^>]*>\s*<error type="validity" message="said">said\nRemedy: fix it\ndir\/file\.sql:3<\/error>/,
  ],
  ['skipped', /^<testcase [^>]*>\s*<skipped>said<\/skipped>\s*<\/testcase>$/],
] as const)('a check that came to %s', (status, expected) => {
  const one = finding({
    status,
    message: 'said',
    remedy: 'fix it',
    file: 'dir/file.sql',
    line: 3,
    tags: { dimension: 'validity' },
  });
  const xml = renderJunit(checkReport({ findings: [one] }), style);
  expect(/<testcase[\s\S]*<\/testcase>|<testcase[^>]*\/>/.exec(xml)?.[0]).toMatch(expected);
});

test('a line end in a message survives in the attribute', () => {
  const xml = renderJunit(checkReport({ findings: [finding({ status: 'fail', message: 'one\r\n"two"' })] }), style);
  expect(xml).toContain('message="one&#10;&quot;two&quot;"');
});

test('the numbers of the suite: counts, and the time of the run rather than of its statements', () => {
  const suite = (xml: string): string => /<testsuite [^>]*>/.exec(xml)?.[0] ?? '';
  expect(suite(renderJunit(checkReport(), style))).toBe(
    '<testsuite name="smsfood check" tests="5" failures="1" errors="1" skipped="1" time="1.834" timestamp="2026-10-05T03:00:00">',
  );
  expect(suite(renderJunit(checkReport({ document: {} }), style))).toBe(
    '<testsuite name="smsfood check" tests="5" failures="1" errors="1" skipped="1" time="0.095">',
  );
});
