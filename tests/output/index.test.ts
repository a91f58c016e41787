import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { FINDING_FORMATS, FORMATS, RENDERERS } from '../../src/output/index.js';
import { checkReport, hostileReport } from './samples.js';

const style = { columns: 80, color: false, unicode: true };

test('the list has a renderer for every format', () => {
  expect(Object.keys(RENDERERS)).toEqual([...FORMATS]);
});

test('importing the list imports nothing else: every format loads what it needs when it is asked for', async () => {
  const entry = fileURLToPath(new URL('../../src/output/index.ts', import.meta.url));
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outdir: 'nowhere',
    write: false,
    metafile: true,
  });
  const [list] = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint?.endsWith('output/index.ts'));
  expect(list?.imports.filter(({ kind }) => kind === 'import-statement')).toEqual([]);
  expect(list?.imports.filter(({ kind }) => kind === 'dynamic-import')).toHaveLength(FORMATS.length);
});

test.each(FORMATS)('%s ends with one newline and has no character that acts on a terminal', async (format) => {
  const render = await RENDERERS[format]();
  for (const report of [checkReport(), hostileReport()]) {
    const text = render(report, style);
    expect(text).toMatch(/[^\n]\r?\n$/);
    // CSV is data for a program, and keeps it byte for byte.
    if (format !== 'csv') expect(text).not.toMatch(/[^\n\P{Cc}]|[\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Cs}/u);
  }
});

test.each(FORMATS.filter((format) => format !== 'json'))(
  '%s says that the numbers come from the sandbox',
  async (format) => {
    const render = await RENDERERS[format]();
    expect(render(checkReport({ sandbox: true }), style)).toMatch(/sandbox/i);
    const real = render(checkReport({ sandbox: false }), style).replace(/<style>.*<\/style>/s, '');
    expect(format === 'sarif' ? JSON.parse(real).runs[0].properties.sandbox : /sandbox/i.test(real)).toBe(false);
  },
);

test.each(FINDING_FORMATS)('%s refuses a report that judges nothing, with a way out', async (format) => {
  const { findings: _none, ...report } = checkReport({ name: 'kpi' });
  const render = await RENDERERS[format]();
  expect(() => render(report, style)).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('kpi'), hint: expect.any(String) }),
  );
});
