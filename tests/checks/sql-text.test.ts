import { beforeAll, describe, expect, it } from 'vitest';
import type { Parameter } from '../../src/checks/check.js';
import { createBinder, literal } from '../../src/checks/parameters.js';
import {
  lineAndColumn,
  loadParser,
  normalForm,
  parameterUses,
  replaceParameters,
  tokenize,
} from '../../src/checks/sql-text.js';

beforeAll(loadParser);

describe('parameters in a statement', () => {
  it.each<[string, string, string[]]>([
    ['a plain one', 'a < :now', ['now']],
    ['at the start and behind brackets', ':a(:b)[:c]', ['a', 'b', 'c']],
    ['not a cast', 'a::text < :now::date', ['now']],
    ['not in text', "a = ':now' AND b = 'it''s :now' AND c = E'\\':now'", []],
    ['not in dollar quotes', 'a = $$ :now $$ AND b = $tag$ :now $$ $tag$', []],
    ['not in comments', 'a /* :now /* :now */ */ < 1 -- :now\nAND b < :since', ['since']],
    ['not in a quoted name', '"a:now" < 1', []],
    ['not apart from its colon', 'a[1 : n] = 1', []],
    ['behind text beyond ASCII', "a = 'Grüße 😀' AND b < :now", ['now']],
    ['in nothing at all', '', []],
  ])('%s', (_, sql, names) => {
    const uses = parameterUses(sql);
    expect(uses.map(({ name }) => name)).toEqual(names);
    for (const { name, start, end } of uses) expect(sql.slice(start, end)).toBe(`:${name}`);
  });

  it('are replaced, and nothing else is', () => {
    const sql = "SELECT ':a', :a::text, \"x:a\" -- :a\nFROM t WHERE 'é' = :b";
    expect(replaceParameters(sql, (name) => `<${name}>`)).toBe(
      "SELECT ':a', <a>::text, \"x:a\" -- :a\nFROM t WHERE 'é' = <b>",
    );
  });

  it('are bound by value: equal ones share a placeholder, own ones go before global ones', () => {
    const { bind, values } = createBinder({
      now: { type: 'timestamp', value: '2026-03-10T15:00:00' },
      sold: { type: 'text[]', value: ['PAID'] },
    });
    const own = {
      age: { type: 'interval', value: '1 day' },
      again: { type: 'interval', value: '1 day' },
      limit: { type: 'number', value: 0.5 },
    } as const;
    expect(bind('a < :now - :age AND b < :again', own)).toBe(
      'a < ($1::timestamp) - ($2::interval) AND b < ($2::interval)',
    );
    expect(bind(':sold :limit :now', { ...own, now: { type: 'text', value: 'x' } })).toBe(
      '($3::text[]) ($4::numeric) ($5::text)',
    );
    expect(values).toEqual(['2026-03-10T15:00:00', '1 day', ['PAID'], 0.5, 'x']);
  });

  it.each<[Parameter, string]>([
    [{ type: 'integer', value: 5 }, '5'],
    [{ type: 'integer', value: -5 }, '(-5)'],
    [{ type: 'text', value: "O'Brien" }, "'O''Brien'"],
    [{ type: 'interval', value: '24 hours' }, "'24 hours'::interval"],
    [{ type: 'text[]', value: ["a'b", 'c'] }, "ARRAY['a''b', 'c']::text[]"],
    [{ type: 'text[]', value: [] }, 'ARRAY[]::text[]'],
  ])('as a literal: %j', (parameter, expected) => {
    expect(literal(parameter)).toBe(expected);
  });
});

describe('tokens', () => {
  it('stand where they stand in the string, whatever its characters', () => {
    const sql = 'SELECT \'Ñ😀\', "東京" FROM t';
    expect(tokenize(sql).map(({ start, end }) => sql.slice(start, end))).toEqual([
      'SELECT',
      "'Ñ😀'",
      ',',
      '"東京"',
      'FROM',
      't',
    ]);
  });

  it('make a normal form in which text and names keep their case', () => {
    expect(normalForm('a\n =  /* x */ 1 -- y')).toBe('a = 1');
    expect(normalForm("a = 'A'")).not.toBe(normalForm("a = 'a'"));
    expect(normalForm('a = 1')).not.toBe(normalForm('a = 11'));
  });
});

it('lines and columns count from 1', () => {
  expect(lineAndColumn('ab\ncd', 0)).toEqual({ line: 1, column: 1 });
  expect(lineAndColumn('ab\ncd', 4)).toEqual({ line: 2, column: 2 });
});
