import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderTable } from '../../src/output/table.js';
import { displayWidth } from '../../src/output/wrap.js';
import type { Report, Table } from '../../src/report.js';
import { checkReport, HOSTILE, hostileReport } from './samples.js';

const plain = { columns: 80, color: false, unicode: true };

function reportOf(table: Table): Report {
  return checkReport({ sections: [{ table }] });
}

describe('as a person sees it', () => {
  test.each([60, 80, 120])('at %d columns', async (columns) => {
    const text = renderTable(checkReport({ sandbox: columns === 80 }), { ...plain, columns });
    await expect(text).toMatchFileSnapshot(`snapshots/table-${columns}.txt`);
  });

  test('hostile values at 80 columns', async () => {
    await expect(renderTable(hostileReport(), plain)).toMatchFileSnapshot('snapshots/table-hostile.txt');
  });
});

describe('no line is wider than the terminal', () => {
  const reports = { check: checkReport(), hostile: hostileReport() };
  for (const [name, report] of Object.entries(reports)) {
    for (const columns of [40, 60, 61, 72, 80, 99, 132, 200]) {
      test.each([true, false])(`${name} report at ${columns} columns, colour %s`, (color) => {
        const lines = stripVTControlCharacters(renderTable(report, { columns, color, unicode: true })).split('\n');
        expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns);
      });
    }
  }

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'a terminal that says %d columns gets a readable table',
    (columns) => {
      const lines = renderTable(checkReport(), { ...plain, columns }).split('\n');
      expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(40);
    },
  );
});

describe('what a narrow terminal costs', () => {
  const wide = (length: number): Table => ({
    columns: [
      { key: 'id', label: 'Check', kind: 'id' },
      { key: 'n', label: 'Violations of it', kind: 'integer' },
      { key: 'title', label: 'Title', kind: 'text' },
    ],
    rows: [{ id: 'businesses.subscription-status-unknown', n: 1234567, title: 'word '.repeat(length).trim() }],
  });

  test('text wraps between words before the name of a check is broken', () => {
    const text = renderTable(reportOf(wide(10)), plain);
    expect(text).toContain('businesses.subscription-status-unknown');
    expect(text.match(/\bword\b/g)).toHaveLength(10);
  });

  test('names break after their punctuation, numbers never', () => {
    const text = renderTable(reportOf(wide(10)), { ...plain, columns: 60 });
    expect(text).toMatch(/businesses\.subscription-\s/);
    expect(text).toContain('1,234,567');
  });

  test('an id stays whole, to be copied, while text beside it can give way', () => {
    const id = 'cmtaiiesy00072y3db1vbvgf8';
    const table: Table = {
      columns: [
        { key: 'id', label: 'Customer', kind: 'id' },
        { key: 'n', label: 'Sold', kind: 'integer' },
        { key: 'why', label: 'Likely cause', kind: 'text' },
      ],
      rows: [{ id, n: 1_234_567_890, why: 'counted twice, cancelled after counting' }],
    };
    expect(renderTable(reportOf(table), { ...plain, columns: 60 })).toContain(id);
  });

  test('a word that is wider than its column breaks after its punctuation', () => {
    const table: Table = {
      columns: [
        { key: 'id', label: 'Id', kind: 'id' },
        { key: 'rules', label: 'Violated', kind: 'text' },
      ],
      rows: [{ id: 'cmtaiiesy00072y3db1vbvgf8', rules: 'assigned-to-inactive-business, shared' }],
    };
    const lines = renderTable(reportOf(table), { ...plain, columns: 56 })
      .trimEnd()
      .split('\n');
    expect(lines.slice(-2).map((line) => line.trim().split(/ {2,}/).at(-1))).toEqual([
      'assigned-to-inactive-',
      'business, shared',
    ]);
  });

  test('what is said of a label goes on below its value', () => {
    const report = checkReport({ sections: [{ lines: [`outcome    ${'paid '.repeat(20).trim()}`] }] });
    const lines = renderTable(report, plain).trimEnd().split('\n');
    expect(lines).toEqual([`outcome    ${'paid '.repeat(14).trim()}`, `           ${'paid '.repeat(6).trim()}`]);
  });

  test('text of more than four lines ends in an ellipsis', () => {
    const text = renderTable(reportOf(wide(200)), plain);
    expect(text.trimEnd().split('\n')).toHaveLength(2 + 1 + 4);
    expect(text).toContain('word…');
    expect(renderTable(reportOf(wide(200)), { ...plain, unicode: false })).toMatch(/wor\.{3}$/m);
  });

  test('columns that cannot stand side by side become a block for each row', () => {
    const keys = Array.from({ length: 14 }, (_, index) => `column${index}`);
    const table: Table = {
      columns: keys.map((key) => ({ key, label: key, kind: 'integer' })),
      rows: [1, 2].map((start) => Object.fromEntries(keys.map((key, index) => [key, start * 1_000_000 + index]))),
    };
    const lines = renderTable(reportOf(table), plain).trimEnd().split('\n');
    expect(lines).toHaveLength(14 + 1 + 14);
    expect(lines[0]).toBe('  column0   1,000,000');
    expect(lines[28]).toBe('  column13  2,000,013');
  });
});

describe('colour', () => {
  const ESC = '\u001b[';

  test('statuses have their colours, and the words stay', () => {
    const text = renderTable(checkReport(), { ...plain, color: true });
    for (const [status, code] of Object.entries({ pass: 32, warn: 33, fail: 31, error: 35, skipped: 2 })) {
      expect(text).toContain(`${ESC}${code}m${status}${ESC}`);
    }
  });

  test('without colour there is no escape sequence, whatever the environment asks for', () => {
    process.env.FORCE_COLOR = '3';
    try {
      expect(renderTable(checkReport({ sandbox: true }), plain)).not.toContain('\u001b');
    } finally {
      delete process.env.FORCE_COLOR;
    }
  });

  test('colour changes nothing but colour', () => {
    const colored = renderTable(checkReport({ sandbox: true }), { ...plain, color: true });
    expect(stripVTControlCharacters(colored)).toBe(renderTable(checkReport({ sandbox: true }), plain));
  });

  test('a value cannot bring its own', () => {
    const sequences = renderTable(hostileReport(), { ...plain, color: true })
      .split('\u001b')
      .slice(1);
    expect(sequences.length).toBeGreaterThan(0);
    expect(sequences.filter((rest) => !/^\[\d+m/.test(rest))).toEqual([]);
  });
});

test('rows line up by what a terminal shows: wide characters, emoji, accents', () => {
  const table: Table = {
    columns: [
      { key: 'name', label: 'Name', kind: 'text' },
      { key: 'n', label: 'n', kind: 'integer' },
    ],
    rows: [HOSTILE.emoji, 'Ann', 'e\u0301te\u0301'].map((name) => ({ name, n: 1 })),
  };
  const lines = renderTable(reportOf(table), plain).trimEnd().split('\n');
  expect(new Set(lines.map(displayWidth)).size).toBe(1);
  expect(displayWidth('名前')).toBe(4);
  expect(displayWidth('👨‍👩‍👧')).toBe(2);
  expect(displayWidth('e\u0301')).toBe(1);
});

test('a table without rows says so', () => {
  expect(renderTable(reportOf({ columns: [], rows: [] }), plain)).toBe('  none\n');
});

test('without unicode nothing of its own is beyond ASCII', () => {
  const report = checkReport({ sections: checkReport().sections.slice(0, 2) });
  expect(renderTable(report, { ...plain, unicode: false })).toMatch(/^[\x20-\x7e\n]*$/);
});
