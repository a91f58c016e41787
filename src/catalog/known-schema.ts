import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { opsMigrations } from '../db/migrations.js';
import { packageRoot } from '../package-root.js';

/** A column as prisma/schema.prisma and its comments describe it. */
export interface KnownColumn {
  name: string;
  /** As PostgreSQL writes it. */
  type: string;
  nullable: boolean;
  meaning: string | null;
  /** The business rule that it follows; checks should watch it. */
  rule: string | null;
  /** The columns that it is made of, as `table.column`. */
  from: string[];
  /** The column of the row that it names, as `table.column`. */
  references: string | null;
  /** False where a row is named and no foreign key proves that it exists. */
  hasForeignKey: boolean;
  /** Its part in telling rows apart, where it does so alone. */
  key: 'primary' | 'unique' | null;
  /** True where only the newer generation of the platform has it. */
  isNewer: boolean;
}

export interface KnownTable {
  /** With the schema where it is not the platform's own: `ops.runs`. */
  name: string;
  meaning: string | null;
  owner: string;
  columns: KnownColumn[];
}

/** The tables of both generations of the platform and of the schema ops, as schema.prisma and the migrations describe them. */
export function readKnownSchema(): KnownTable[] {
  const text = readFileSync(join(packageRoot(), 'prisma', 'schema.prisma'), 'utf8');
  const models = modelsOf(text);
  const enums = new Set([...text.matchAll(/^enum (\w+)/gm)].map(([, name]) => name));
  const comments = opsComments();
  return models.map((model) => {
    const columns = [...model.fields.flatMap((field) => columnOf(field, model, models, enums)), ...newerColumns(model)];
    return {
      name: model.table,
      meaning: model.doc.text ?? comments.get(model.table) ?? null,
      owner: model.doc.owner ?? 'smsfood',
      columns: columns.map((column) => ({
        ...column,
        meaning: column.meaning ?? comments.get(`${model.table}.${column.name}`) ?? null,
      })),
    };
  });
}

interface Doc {
  text: string | null;
  rule: string | null;
  from: string[];
  references: string | null;
  owner: string | null;
  newer: string[];
}

interface Field {
  name: string;
  type: string;
  suffix: string;
  attributes: string;
  doc: Doc;
}

interface Model {
  name: string;
  table: string;
  doc: Doc;
  fields: Field[];
  body: string;
}

/** As much of Prisma's language as schema.prisma uses; tests compare the result with what the migrations make. */
function modelsOf(text: string): Model[] {
  return [...text.matchAll(/((?:^\/\/\/ .*\n)*)^model (\w+) \{\n([\s\S]*?)^\}/gm)].map(
    ([, doc = '', name = '', body = '']) => {
      const schema = /@@schema\("(\w+)"\)/.exec(body)?.[1];
      const table = /@@map\("(\w+)"\)/.exec(body)?.[1] ?? name;
      const fields = [...body.matchAll(/((?:^ {2}\/\/\/ .*\n)*)^ {2}(\w+) +(\w+)(\?|\[\])?(.*)$/gm)].map(
        ([, lines = '', field = '', type = '', suffix = '', attributes = '']) => ({
          name: field,
          type,
          suffix,
          attributes,
          doc: docOf(lines),
        }),
      );
      return { name, table: schema === 'public' ? table : `${schema}.${table}`, doc: docOf(doc), fields, body };
    },
  );
}

/** `///` lines: the meaning, then tagged lines. */
function docOf(lines: string): Doc {
  const texts = [...lines.matchAll(/^ *\/\/\/ (.*)$/gm)].map(([, line = '']) => line);
  const tagged = (tag: string) =>
    texts.flatMap((line) => (line.startsWith(`${tag}: `) ? [line.slice(tag.length + 2)] : []));
  const plain = texts.filter((line) => !/^(?:Rule|From|References|Owner|Newer generation): /.test(line));
  return {
    text: plain.length === 0 ? null : plain.join(' '),
    rule: tagged('Rule')[0] ?? null,
    from: tagged('From').flatMap((line) => line.split(', ')),
    references: tagged('References')[0] ?? null,
    owner: tagged('Owner')[0] ?? null,
    newer: tagged('Newer generation'),
  };
}

const TYPES: Readonly<Record<string, string>> = {
  String: 'text',
  Int: 'integer',
  BigInt: 'bigint',
  Float: 'double precision',
  Boolean: 'boolean',
  Json: 'jsonb',
  Bytes: 'bytea',
};

const NATIVE_TYPES: Readonly<Record<string, string>> = {
  'Timestamp(3)': 'timestamp(3) without time zone',
  'Timestamptz(3)': 'timestamp(3) with time zone',
  Date: 'date',
  Uuid: 'uuid',
};

/** Nothing for a field that is a relation. */
function columnOf(
  field: Field,
  model: Model,
  models: readonly Model[],
  enums: ReadonlySet<string | undefined>,
): KnownColumn[] {
  const { type, suffix, attributes, doc } = field;
  if (models.some(({ name }) => name === type)) return [];
  const native = /@db\.(\w+(?:\(\d+\))?)/.exec(attributes)?.[1];
  const base = native === undefined ? (enums.has(type) ? `"${type}"` : TYPES[type]) : NATIVE_TYPES[native];
  if (base === undefined)
    throw new Error(`schema.prisma: ${model.name}.${field.name} has a type that is not known here`);
  const target = foreignKeyOf(field.name, model, models);
  return [
    {
      name: columnNameOf(field),
      type: suffix === '[]' ? `${base}[]` : base,
      nullable: suffix !== '',
      meaning: doc.text,
      rule: doc.rule,
      from: doc.from,
      references: target ?? doc.references,
      hasForeignKey: target !== undefined,
      key: keyOf(field, model),
      isNewer: false,
    },
  ];
}

function columnNameOf({ name, attributes }: Pick<Field, 'name' | 'attributes'>): string {
  return /@map\("(\w+)"\)/.exec(attributes)?.[1] ?? name;
}

function keyOf({ name, attributes }: Field, { body }: Model): KnownColumn['key'] {
  if (/@id\b/.test(attributes) || body.includes(`@@id([${name}])`)) return 'primary';
  return /@unique\b/.test(attributes) || body.includes(`@@unique([${name}])`) ? 'unique' : null;
}

/** `table.column` that a relation of one field leads to. */
function foreignKeyOf(name: string, model: Model, models: readonly Model[]): string | undefined {
  for (const { type, attributes } of model.fields) {
    const relation = /fields: \[(\w+)\], references: \[(\w+)\]/.exec(attributes);
    const target = models.find((each) => each.name === type);
    const field = target?.fields.find((each) => each.name === relation?.[2]);
    if (relation?.[1] === name && target !== undefined && field !== undefined)
      return `${target.table}.${columnNameOf(field)}`;
  }
  return undefined;
}

/** `Newer generation: businessId (text not null) -> business_customers.id: What it means.` */
function newerColumns({ doc }: Model): KnownColumn[] {
  return doc.newer.map((line) => {
    const match = /^(\w+) \((\w+)( not null)?\)(?: -> (\w+\.\w+))?: (.*)$/.exec(line);
    if (match === null) throw new Error(`schema.prisma: a line about the newer generation cannot be read: ${line}`);
    const [, name = '', type = '', notNull, references, meaning = ''] = match;
    return {
      name,
      type,
      nullable: notNull === undefined,
      meaning,
      rule: null,
      from: [],
      references: references ?? null,
      hasForeignKey: references !== undefined,
      key: null,
      isNewer: true,
    };
  });
}

/** What the COMMENTs of the schema ops say, by `ops.table` and `ops.table.column`; a later migration's word counts. */
function opsComments(): Map<string, string> {
  const sql = opsMigrations().map((migration) => migration.sql);
  return new Map(
    [...sql.join('\n').matchAll(/^COMMENT ON (?:TABLE|COLUMN) ([\w.]+) IS '((?:[^']|'')*)';/gm)].map(
      ([, name = '', text = '']) => [name, text.replaceAll("''", "'")],
    ),
  );
}
