import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownCatalog } from '../../src/catalog/catalog.js';
import { FLOWS } from '../../src/catalog/flows.js';
import { readKnownSchema } from '../../src/catalog/known-schema.js';
import { cloneDatabase, installOps, type TestDatabase } from '../harness/database.js';

const tables = readKnownSchema();

describe.each(['production', 'newer'] as const)('of the %s generation', (generation) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await cloneDatabase(generation);
    await installOps(database);
  });
  afterAll(() => database.drop());

  it('every column is known, with its type and whether it may be null', async () => {
    const { rows } = await database.query<{ place: string; type: string; nullable: boolean }>(
      `SELECT CASE n.nspname WHEN 'ops' THEN 'ops.' ELSE '' END || c.relname || '.' || a.attname AS place,
         format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
       WHERE n.nspname IN ('public', 'ops') AND c.relkind = 'r' AND c.relname <> 'migrations' AND a.attnum > 0 AND NOT a.attisdropped`,
    );
    const known = new Map(
      tables.flatMap(({ name, columns }) =>
        columns.map((column) => [`${name}.${column.name}`, { type: column.type, nullable: column.nullable }]),
      ),
    );
    expect(rows.length).toBeGreaterThan(250);
    for (const { place, type, nullable } of rows)
      expect({ place, ...known.get(place) }).toEqual({ place, type, nullable });
  });

  it('every foreign key is known', async () => {
    const { rows } = await database.query<{ from: string; to: string }>(
      `SELECT f.conrelid::regclass::text || '.' || a.attname AS from, f.confrelid::regclass::text || '.' || b.attname AS to
       FROM pg_constraint f JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
       JOIN pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = f.confkey[1] WHERE f.contype = 'f'`,
    );
    const known = tables.flatMap(({ name, columns }) =>
      columns
        .filter(({ hasForeignKey, isNewer }) => hasForeignKey && (generation === 'newer' || !isNewer))
        .map((column) => `${name}.${column.name} -> ${column.references}`),
    );
    expect(known.sort()).toEqual(rows.map(({ from, to }) => `${from} -> ${to}`).sort());
  });
});

it('every table and column has a meaning, and every table an owner', () => {
  expect(tables.filter(({ meaning, owner }) => meaning === null || owner === '')).toEqual([]);
  const silent = tables.flatMap(({ name, columns }) =>
    columns.filter(({ meaning }) => meaning === null).map((column) => `${name}.${column.name}`),
  );
  expect(silent).toEqual([]);
});

it('what a column is made of, and what it names, are columns', () => {
  const places = new Set(tables.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`)));
  const named = tables.flatMap(({ columns }) =>
    columns.flatMap(({ from, references }) => [...from, ...(references === null ? [] : [references])]),
  );
  expect(named.length).toBeGreaterThan(60);
  expect(named.filter((place) => !places.has(place))).toEqual([]);
});

it('the catalog without a database has both generations', () => {
  const { source, generation, tables: all } = knownCatalog();
  expect({ source, generation }).toEqual({ source: 'schema.prisma', generation: 'both' });
  const columns = all.find(({ name }) => name === 'phone_number_inventory')?.columns.map(({ name }) => name);
  expect(columns).toEqual(expect.arrayContaining(['ezTextingNumberId', 'providerNumberId']));
});

it('flows name columns and tables that there are', () => {
  const text = FLOWS.map(({ mermaid }) => mermaid).join('\n');
  const named = [...text.matchAll(/\b((?:ops\.)?[a-z]+(?:_[a-z]+)*)\.([a-z]+[A-Z]\w*|task)\b/g)];
  expect(named.length).toBeGreaterThan(5);
  for (const [place, table, column] of named) {
    const known = tables.find(({ name }) => name === table)?.columns.map(({ name }) => name);
    expect({ place, known: known?.includes(column ?? '') }).toEqual({ place, known: true });
  }
  const own = [...text.matchAll(/\bops\.[a-z_]+/g)].map(([name]) => name);
  expect(own.filter((name) => !tables.some((table) => table.name === name))).toEqual([]);
});
