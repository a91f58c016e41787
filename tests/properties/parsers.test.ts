import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCheckFile } from '../../src/checks/check-file.js';
import { checkNames } from '../../src/checks/names.js';
import { loadParser, parameterUses, replaceParameters } from '../../src/checks/sql-text.js';
import { isDay } from '../../src/commands/instant.js';
import { complete } from '../../src/completion/complete.js';
import { parseDuration, parseMemory } from '../../src/config-schema.js';
import { parseDatabaseUrl } from '../../src/db/url.js';
import { SmsfoodError } from '../../src/errors.js';
import { commandTree } from '../../src/program.js';
import { durationText } from '../../src/settings.js';
import { spellings, toE164 } from '../../src/webhooks/phone-number.js';
import { temporaryFolder } from '../harness/folder.js';

/** A run that fails prints its seed and the path to the smallest example: give both to `fc.assert` to see it again. */
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string());

describe('durations', () => {
  const LONGEST = 2 ** 31 - 1;

  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: LONGEST }), (ms) => {
        expect(parseDuration(durationText(ms))).toBe(ms);
      }),
    );
  });

  it('are a whole number of milliseconds that PostgreSQL can count, or none', () => {
    const near = fc
      .tuple(fc.double({ noNaN: true }), fc.constantFrom('ms', 's', 'm', 'min', 'h', 'd', 'w', ''))
      .map(([number, unit]) => `${number}${unit}`);
    fc.assert(
      fc.property(fc.oneof(anyText, near), (text) => {
        const parsed = parseDuration(text);
        expect(parsed === undefined || (Number.isInteger(parsed) && parsed >= 0 && parsed <= LONGEST)).toBe(true);
      }),
    );
  });

  it('and amounts of memory are bytes, or none', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 20 }), (n) => {
        expect(parseMemory(`${n}MB`)).toBe(n * 2 ** 20);
      }),
    );
    fc.assert(
      fc.property(
        anyText.filter((text) => !/^\d+[kMG]B$/.test(text)),
        (text) => {
          expect(parseMemory(text)).toBeNaN();
        },
      ),
    );
  });
});

describe('days', () => {
  it('are those of the calendar', () => {
    const part = (max: number) => fc.nat({ max }).map((n) => String(n).padStart(2, '0'));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), part(13), part(32), (year, month, day) => {
        const lengths = [
          31,
          year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28,
          31,
          30,
          31,
          30,
          31,
          31,
          30,
          31,
          30,
          31,
        ];
        const isReal = Number(day) >= 1 && Number(day) <= (lengths[Number(month) - 1] ?? 0);
        expect(isDay(`${String(year).padStart(4, '0')}-${month}-${day}`)).toBe(isReal);
      }),
    );
  });
});

describe('phone numbers', () => {
  it('are E.164 or none, and stay what they are', () => {
    const almost = fc.string({ unit: fc.constantFrom(...'0123456789+() -.') });
    fc.assert(
      fc.property(fc.oneof(anyText, almost), (text) => {
        const number = toE164(text);
        if (number === null) return;
        expect(number).toMatch(/^\+[1-9]\d{6,14}$/);
        expect(toE164(number)).toBe(number);
      }),
    );
  });

  it('are known in every way in which people write them', () => {
    const american = fc.tuple(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 0, max: 999_999_999 }));
    fc.assert(
      fc.property(american, ([first, rest]) => {
        const number = `+1${first}${String(rest).padStart(9, '0')}`;
        expect(new Set(spellings(number).map(toE164))).toEqual(new Set([number]));
      }),
    );
  });
});

describe('statements of checks', () => {
  beforeAll(() => loadParser());

  it('have their parameters where they are written, and not in strings, comments, names and casts', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,6}$/).filter((text) => !['e', 'x', 'b', 'n', 'u'].includes(text));
    const inert = fc.constantFrom(
      "'a :b c'",
      '"d :e"',
      '/* :f */ ',
      '$$ :g $$',
      "E'\\':h'",
      'x::text',
      'x[1 : y]',
      '-- :i\n',
      "'ü😀'",
    );
    const part = fc.oneof(
      inert.map((text) => ({ text, parameter: null })),
      name.map((parameter) => ({ text: `:${parameter}`, parameter })),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => {
        const sql = `SELECT ${parts.map(({ text }) => text).join(' , ')}`;
        const wanted = parts.flatMap(({ parameter }) => (parameter === null ? [] : [parameter]));
        expect(parameterUses(sql).map((use) => use.name)).toEqual(wanted);
        expect(replaceParameters(sql, (each) => `:${each}`)).toBe(sql);
      }),
    );
  });

  it('in files of any content are read, or refused with the place: never a bug', () => {
    const line = fc.oneof(
      anyText,
      fc.constantFrom(
        '--! title: x',
        '--! dimension: validity',
        '--! level: fail',
        '--! fail: "> 0"',
        '--! params: {a: {integer: 1}}',
      ),
      fc.constantFrom('SELECT id FROM orders WHERE :a', 'SELECT', ';', '--!', '--! : :', '--! key: [', "'"),
    );
    const files = temporaryFolder({ 'own/x.sql': '' });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        writeFileSync(join(files, 'own', 'x.sql'), lines.join('\n'));
        checkNames([files], files); // what completion makes of it
        try {
          readCheckFile(join(files, 'own', 'x.sql'), 'own.x');
        } catch (error) {
          expect(error).toBeInstanceOf(SmsfoodError);
          expect(error).toHaveProperty('code', 'CHECK_FILE_INVALID');
        }
      }),
    );
  });
});

describe('URLs of databases', () => {
  it('of any text are read, or refused without repeating them', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{12,20}$/);
    const scheme = fc.constantFrom('postgresql://', 'postgres://', 'mysql://', 'postgresql:', '');
    fc.assert(
      fc.property(scheme, secret, anyText, (start, password, rest) => {
        try {
          const parsed = parseDatabaseUrl(`${start}user:${password}@${rest}`, 'DATABASE_URL');
          expect([parsed.host, parsed.user, parsed.database, parsed.schema].join(' ')).not.toContain(password);
        } catch (error) {
          expect(error).toBeInstanceOf(SmsfoodError);
          expect(error).toHaveProperty('code', 'CONFIG_INVALID');
          expect(String(error)).not.toContain(password);
        }
      }),
    );
  });
});

it('completion offers only what begins as it was typed, whatever stands before it', async () => {
  const root = await commandTree();
  const word = fc.oneof(
    anyText,
    fc.constantFrom('check', 'show', '--format', '--format=', '--', '-', '--checks', 'help', 'kpi', '--watch'),
  );
  const names = { checks: () => [{ id: 'a.b', title: 'x', owner: null, parameters: ['p'] }] };
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const { candidates } = complete(root, words, names);
      expect(candidates.filter(({ value }) => !value.startsWith(words.at(-1) ?? ''))).toEqual([]);
    }),
  );
});
