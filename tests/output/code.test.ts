import { expect, test } from 'vitest';
import { RENDERERS } from '../../src/output/index.js';
import type { Report } from '../../src/report.js';
import { HOSTILE } from './samples.js';

const style = { columns: 60, color: false, unicode: true };
const LONG = `  indented ${'x'.repeat(100)}`;
const report: Report = {
  name: 'catalog flows',
  document: {},
  table: { columns: [], rows: [] },
  sections: [
    {
      title: 'A diagram',
      lines: ['before'],
      code: { language: 'mermaid', text: `a["b & <c>"] --> d\n${LONG}\n\`\`\`\n${HOSTILE.escape}\n` },
    },
  ],
  sandbox: false,
};

test('a terminal gets code as it stands, unwrapped and harmless', async () => {
  const text = (await RENDERERS.table())(report, style);
  expect(text).toContain(`before\n\na["b & <c>"] --> d\n${LONG}\n`);
  expect(text).not.toContain('\u001b');
});

test('markdown gets it in a fence that nothing in it ends', async () => {
  const text = (await RENDERERS.markdown())(report, style);
  expect(text).toContain('```mermaid\na["b & <c>"] --> d\n');
  expect(text.match(/```/g)).toHaveLength(2);
});

test('a page gets it as text that is no markup', async () => {
  const text = (await RENDERERS.html())(report, style);
  expect(text).toContain('<pre><code>a[&quot;b &amp; &lt;c&gt;&quot;] --&gt; d\n');
});

test('a page shows hostile values in every place as text', async () => {
  const columns: Report['table']['columns'] = [
    { key: 'a', label: HOSTILE.cdata, kind: 'text' },
    { key: 'b', label: 'B', kind: 'id' },
  ];
  const rows = Object.values(HOSTILE).map((value) => ({ a: value, b: value }));
  const hostile = {
    ...report,
    name: HOSTILE.cdata,
    sections: [{ title: HOSTILE.cdata, lines: Object.values(HOSTILE), table: { columns, rows } }],
  };
  const text = (await RENDERERS.html())(hostile, style);
  expect(text).not.toMatch(/<script|<!\[CDATA/);
  expect(text.match(/<tr>/g)).toHaveLength(rows.length + 1);
});
