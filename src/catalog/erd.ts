import type { Catalog, CatalogColumn, CatalogTable } from './catalog.js';

/** One diagram in the language of Mermaid. */
export interface Diagram {
  id: string;
  title: string;
  mermaid: string;
}

/** The tables and what leads from one to another: those given, or the platform's and the toolkit's own apart. */
export function entityDiagrams({ tables }: Catalog, wanted: readonly string[]): Diagram[] {
  const shown = tables.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  if (wanted.length > 0) return [{ id: 'selected', title: wanted.join(', '), mermaid: entityDiagram(shown) }];
  const own = shown.filter(({ name }) => name.startsWith('ops.'));
  const platform = shown.filter(({ name }) => !name.startsWith('ops.'));
  return [
    { id: 'platform', title: 'The platform', mermaid: entityDiagram(platform) },
    ...(own.length === 0 ? [] : [{ id: 'ops', title: 'The schema ops', mermaid: entityDiagram(own) }]),
  ];
}

function entityDiagram(tables: readonly CatalogTable[]): string {
  const names = new Set(tables.map(({ name }) => name));
  const relations = tables.flatMap((table) =>
    table.columns.flatMap((column) => {
      const target = column.references?.replace(/\.\w+$/, '');
      return target !== undefined && names.has(target) ? [relation(table.name, column, target)] : [];
    }),
  );
  return ['erDiagram', ...relations, ...tables.flatMap(entity)].join('\n');
}

/** Solid where a foreign key proves it, dotted where only the values say so. */
function relation(table: string, { name, nullable, hasForeignKey, key }: CatalogColumn, target: string): string {
  const one = nullable ? '|o' : '||';
  const many = key === null ? 'o{' : 'o|';
  return `  ${entityName(target)} ${one}${hasForeignKey ? '--' : '..'}${many} ${entityName(table)} : "${plain(name)}"`;
}

function entity({ name, columns }: CatalogTable): string[] {
  const attributes = columns.map((column) => {
    const keys = [
      ...(column.key === 'primary' ? ['PK'] : []),
      ...(column.references === null ? [] : ['FK']),
      ...(column.key === 'unique' ? ['UK'] : []),
    ];
    const notes = [
      ...(column.nullable ? ['optional'] : []),
      ...(column.references !== null && !column.hasForeignKey ? ['no foreign key'] : []),
      ...(column.isNewer ? ['newer generation'] : []),
    ];
    const comment = notes.length === 0 ? [] : [`"${notes.join(', ')}"`];
    const key = keys.length === 0 ? [] : [keys.join(', ')];
    return `    ${[shortType(column.type), attributeName(column.name), ...key, ...comment].join(' ')}`;
  });
  return [`  ${entityName(name)} {`, ...attributes, '  }'];
}

/** Mermaid takes one word, of letters, digits, brackets and dashes. */
function shortType(type: string): string {
  const short = type
    .replace(/^timestamp(?:\(\d\))? with time zone/, 'timestamptz')
    .replace(/^timestamp(?:\(\d\))? without time zone/, 'timestamp')
    .replace('double precision', 'float8')
    .replace(/[^\w[\]]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return /^[A-Za-z]/.test(short) ? short : `type_${short}`;
}

function entityName(name: string): string {
  return /^[A-Za-z]\w*$/.test(name) ? name : `"${plain(name)}"`;
}

function attributeName(name: string): string {
  const word = name.replace(/\W+/g, '_');
  return /^[A-Za-z]/.test(word) ? word : `column_${word}`;
}

/** In quotes, where a quote would end the text. */
function plain(text: string): string {
  return text.replace(/["\n\r]/g, "'");
}
