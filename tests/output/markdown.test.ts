import { expect, test } from 'vitest';
import { renderMarkdown } from '../../src/output/markdown.js';
import type { Section } from '../../src/report.js';
import { checkReport, hostileReport } from './samples.js';

const style = { columns: 80, color: true, unicode: true };

function markdownOf(section: Section): string {
  return renderMarkdown(checkReport({ sections: [section] }), style).replace('# smsfood check\n\n', '');
}

test('as a person sees it', async () => {
  await expect(renderMarkdown(checkReport({ sandbox: true }), style)).toMatchFileSnapshot(
    'snapshots/check.markdown.txt',
  );
});

test('every row of a table has its cells, whatever is in them', () => {
  const rows = renderMarkdown(hostileReport(), style)
    .split('\n')
    .filter((line) => line.startsWith('| '));
  expect(rows).toHaveLength(2 + hostileReport().table.rows.length);
  for (const row of rows) expect(row.match(/(?<!\\)(?:\\\\)*\|/g), row).toHaveLength(5);
});

test('a value is text: no HTML, no link, no code, no emphasis, no formula', () => {
  const value = '<b>&amp;</b> [x](y) `z` *a* _b_ ~~c~~ $d$ | \\ \r\nnext';
  const table = { columns: [{ key: 'v', label: 'v', kind: 'text' as const }], rows: [{ v: value }] };
  expect(markdownOf({ table }).split('\n')[2]).toBe(
    '| &lt;b&gt;&amp;amp;&lt;/b&gt; \\[x\\](y) \\`z\\` \\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\$d\\$ \\| \\\\ <br>next |',
  );
});

test('a name is code only where it cannot end the code', () => {
  const table = { columns: [{ key: 'v', label: 'v', kind: 'id' as const }], rows: [{ v: 'a.b-c_d' }, { v: 'a`|b' }] };
  expect(markdownOf({ table }).split('\n').slice(2, 4)).toEqual(['| `a.b-c_d` |', '| a\\`\\|b |']);
});

test('lines stay lines and become no headings or lists; an empty one ends the paragraph', () => {
  expect(markdownOf({ lines: ['# one', '- two', '+ three', '4. four', '> five', '===', '', '1.5 s', ''] })).toBe(
    '\\# one\\\n\\- two\\\n\\+ three\\\n4\\. four\\\n&gt; five\\\n\\===\n\n1\\.5 s\n',
  );
});

test('a table without rows says so', () => {
  expect(markdownOf({ title: 'Gone', table: { columns: [], rows: [] } })).toBe('## Gone\n\n*none*\n');
});
