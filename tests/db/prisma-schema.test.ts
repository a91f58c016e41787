import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { opsMigrations } from '../../src/db/migrations.js';
import { cloneDatabase, type TestDatabase } from '../harness/database.js';
import { smsfood } from '../harness/run.js';

// There is no Prisma engine offline, so nothing but this keeps schema.prisma and the DDL together.

const SCHEMA = readFileSync(join(import.meta.dirname, '..', '..', 'prisma', 'schema.prisma'), 'utf8');

/** Both sides are brought into this form. */
interface Tables {
  enums: Record<string, string[]>;
  /** `table.column` to `type [not null] [default …]`. */
  columns: Record<string, string>;
  /** `table (columns)` of primary keys, unique and other indexes. */
  indexes: string[];
  /** `table (columns) -> table (columns) on delete X on update Y`. */
  foreignKeys: string[];
}

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
  expect((await smsfood(['db', 'install'], { env: { DATABASE_URL: database.url } })).code).toBe(0);
});
afterAll(() => database.drop());

it('schema.prisma says what the migrations make', async () => {
  const said = readPrisma(SCHEMA);
  const made = await readDatabase();
  expect(said.enums).toEqual(made.enums);
  expect(said.columns).toEqual(made.columns);
  expect(said.indexes).toEqual(made.indexes);
  expect(said.foreignKeys).toEqual(made.foreignKeys);
  // Neither side was read as empty.
  expect(Object.keys(said.columns).length).toBeGreaterThan(120);
  expect(said.foreignKeys.length).toBeGreaterThan(9);
  expect(opsMigrations().length).toBeGreaterThan(0);
});

it('a difference between the two is seen', () => {
  const { columns, indexes, foreignKeys, enums } = readPrisma(SCHEMA);
  expect(
    readPrisma(SCHEMA.replace('isActive    Boolean              @default(true)', 'isActive Boolean')).columns,
  ).not.toEqual(columns);
  expect(readPrisma(SCHEMA.replace('totalSpent  Int ', 'totalSpent  BigInt ')).columns).not.toEqual(columns);
  expect(readPrisma(SCHEMA.replace('@unique', '')).indexes).not.toEqual(indexes);
  expect(readPrisma(SCHEMA.replace('onDelete: Cascade', 'onDelete: Restrict')).foreignKeys).not.toEqual(foreignKeys);
  expect(readPrisma(SCHEMA.replace('  RETIRED\n', '')).enums).not.toEqual(enums);
});

async function readDatabase(): Promise<Tables> {
  const inSchemas = `n.nspname IN ('public', 'ops') AND c.relname <> 'migrations'`;
  const table = `CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END`;
  const enums = await database.query<{ name: string; labels: string[] }>(
    `SELECT t.typname AS name, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS labels
     FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY 1`,
  );
  const columns = await database.query<{ name: string; text: string }>(
    `SELECT ${table} || '.' || a.attname AS name,
       format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
         || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') AS text
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE ${inSchemas} AND c.relkind = 'r'`,
  );
  const indexes = await database.query<{ text: string }>(
    `SELECT ${table} || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number) || ')'
       || CASE WHEN i.indisprimary THEN ' primary' WHEN i.indisunique THEN ' unique' ELSE '' END AS text
     FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${inSchemas}`,
  );
  const names = (keys: string, relation: string) =>
    `(SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(f.${keys}) WITH ORDINALITY AS k (number, place)
       JOIN pg_attribute a ON a.attrelid = f.${relation} AND a.attnum = k.number)`;
  const foreignKeys = await database.query<{ text: string }>(
    `SELECT ${table} || ' (' || ${names('conkey', 'conrelid')} || ') -> ' || replace(f.confrelid::regclass::text, '"', '') || ' (' || ${names('confkey', 'confrelid')}
       || ') on delete ' || (${ACTION('confdeltype')}) || ' on update ' || (${ACTION('confupdtype')}) AS text
     FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE f.contype = 'f' AND ${inSchemas}`,
  );
  return {
    enums: Object.fromEntries(enums.rows.map(({ name, labels }) => [name, labels])),
    columns: Object.fromEntries(columns.rows.map(({ name, text }) => [name, text])),
    indexes: indexes.rows.map(({ text }) => text).sort(),
    foreignKeys: foreignKeys.rows.map(({ text }) => text).sort(),
  };
}

function ACTION(column: string): string {
  return `CASE f.${column} WHEN 'a' THEN 'NoAction' WHEN 'r' THEN 'Restrict' WHEN 'c' THEN 'Cascade' WHEN 'n' THEN 'SetNull' ELSE 'SetDefault' END`;
}

const TYPES: Readonly<Record<string, string>> = {
  String: 'text',
  Int: 'integer',
  BigInt: 'bigint',
  Float: 'double precision',
  Boolean: 'boolean',
  Json: 'jsonb',
  Bytes: 'bytea',
  DateTime: 'timestamp(3) without time zone',
};

const NATIVE_TYPES: Readonly<Record<string, string>> = {
  'Timestamp(3)': 'timestamp(3) without time zone',
  'Timestamptz(3)': 'timestamp(3) with time zone',
  Date: 'date',
  Uuid: 'uuid',
};

interface Block {
  kind: string;
  name: string;
  lines: string[];
}

/** Reads as much of Prisma's language as schema.prisma uses, and throws on what it does not know. */
function readPrisma(text: string): Tables {
  const blocks: Block[] = [...text.matchAll(/^(enum|model) (\w+) \{\n([\s\S]*?)^\}/gm)].map(
    ([, kind = '', name = '', body = '']) => ({
      kind,
      name,
      lines: body
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('//')),
    }),
  );
  const enums = Object.fromEntries(
    blocks
      .filter(({ kind }) => kind === 'enum')
      .map(({ name, lines }) => [name, lines.filter((line) => !line.startsWith('@@'))]),
  );
  const models = blocks.filter(({ kind }) => kind === 'model');
  const tableOf = (model: string) => {
    const lines = models.find(({ name }) => name === model)?.lines ?? [];
    const find = (attribute: string) =>
      lines.flatMap((line) => new RegExp(`^@@${attribute}\\("(.*)"\\)`).exec(line)?.[1] ?? [])[0];
    const schema = find('schema');
    const table = find('map');
    if (schema === undefined || table === undefined) throw new Error(`model ${model} without its schema or table`);
    return schema === 'public' ? table : `${schema}.${table}`;
  };
  const columnOf = (model: string, field: string) => {
    const line = models.find(({ name }) => name === model)?.lines.find((each) => each.split(/\s+/)[0] === field);
    if (line === undefined) throw new Error(`no field ${field} in ${model}`);
    return /@map\("(.*?)"\)/.exec(line)?.[1] ?? field;
  };
  const tables: Tables = { enums, columns: {}, indexes: [], foreignKeys: [] };
  for (const { name, lines } of models) {
    const table = tableOf(name);
    const columns = (list: string) =>
      list
        .split(',')
        .map((field) => columnOf(name, field.trim()))
        .join(', ');
    for (const line of lines) {
      const index = /^@@(id|unique|index)\(\[(.*?)\]\)$/.exec(line);
      if (index !== null)
        tables.indexes.push(
          `${table} (${columns(index[2] ?? '')})${{ id: ' primary', unique: ' unique', index: '' }[index[1] ?? '']}`,
        );
      else if (/^@@(?:map|schema)\(/.test(line)) continue;
      else if (line.startsWith('@@')) throw new Error(`unknown line: ${line}`);
      else readField(line);
    }

    function readField(line: string): void {
      const [, field = '', type = '', suffix = '', attributes = ''] =
        /^(\w+)\s+(\w+)(\?|\[\])?\s*(.*)$/.exec(line) ?? [];
      if (models.some((model) => model.name === type)) {
        const relation =
          /@relation\((?:"\w+", )?fields: \[(.*?)\], references: \[(.*?)\], onDelete: (\w+)(?:, onUpdate: (\w+))?\)/.exec(
            attributes,
          );
        if (relation === null && !/^(?:@relation\("\w+"\))?$/.test(attributes))
          throw new Error(`unknown relation: ${line}`);
        if (relation === null) return;
        const [, from = '', to = '', onDelete, onUpdate = 'NoAction'] = relation;
        const target = to
          .split(',')
          .map((each) => columnOf(type, each.trim()))
          .join(', ');
        tables.foreignKeys.push(
          `${table} (${columns(from)}) -> ${tableOf(type)} (${target}) on delete ${onDelete} on update ${onUpdate}`,
        );
        return;
      }
      const column = columnOf(name, field);
      const native = /@db\.(\w+(?:\(\d+\))?)/.exec(attributes)?.[1];
      const base = native === undefined ? (type in enums ? `"${type}"` : TYPES[type]) : NATIVE_TYPES[native];
      if (base === undefined) throw new Error(`unknown type: ${line}`);
      // Prisma gives a list neither null nor a default of its own; the platform's one list may be null.
      const notNull = suffix === '' ? ' not null' : '';
      tables.columns[`${table}.${column}`] =
        `${base}${suffix === '[]' ? '[]' : ''}${notNull}${defaultOf(type, /@default\((.*?)\)(?=\s|$)/.exec(attributes)?.[1])}`;
      if (/@id\b/.test(attributes)) tables.indexes.push(`${table} (${column}) primary`);
      if (/@unique\b/.test(attributes)) tables.indexes.push(`${table} (${column}) unique`);
    }
  }
  tables.indexes.sort();
  tables.foreignKeys.sort();
  return tables;

  function defaultOf(type: string, text: string | undefined): string {
    if (text === undefined) return '';
    if (text === 'now()') return ' default CURRENT_TIMESTAMP';
    if (text === 'autoincrement()') return ''; // an identity column, which is no default to PostgreSQL
    const generated = /^dbgenerated\("(.*)"\)$/.exec(text)?.[1];
    if (generated !== undefined) return ` default ${generated}`;
    if (text.startsWith('"')) return ` default '${text.slice(1, -1)}'::${type === 'Json' ? 'jsonb' : 'text'}`;
    return type in enums ? ` default '${text}'::"${type}"` : ` default ${text}`;
  }
}
