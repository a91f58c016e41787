import pg from 'pg';

/** A value with its SQL type. */
export interface Bound {
  type: string;
  value: string | number | readonly string[] | null;
}

/** A statement or a part of one: texts, and the bound values between them. */
export interface Sql {
  readonly texts: readonly string[];
  readonly bounds: readonly Bound[];
}

/** Puts statements together from parts and bound values; nothing else can stand in a hole. */
export function sql(strings: TemplateStringsArray, ...holes: readonly (Sql | Bound)[]): Sql {
  const texts = [strings[0] ?? ''];
  const bounds: Bound[] = [];
  const append = (text: string) => texts.push(`${texts.pop() ?? ''}${text}`);
  holes.forEach((hole, index) => {
    if ('texts' in hole) {
      const [first = '', ...rest] = hole.texts;
      append(first);
      texts.push(...rest);
      bounds.push(...hole.bounds);
    } else {
      texts.push('');
      bounds.push(hole);
    }
    append(strings[index + 1] ?? '');
  });
  return { texts, bounds };
}

/** SQL of this program's own, such as a list of column names. Never anything that a user wrote. */
export function raw(text: string): Sql {
  return { texts: [text], bounds: [] };
}

export function join(parts: readonly Sql[], separator: string): Sql {
  return parts.reduce((whole, part) => sql`${whole}${raw(separator)}${part}`);
}

export const text = (value: string | null): Bound => ({ type: 'text', value });
export const texts = (value: readonly string[]): Bound => ({ type: 'text[]', value });
export const number = (value: number | null): Bound => ({ type: 'float8', value });
export const integer = (value: number): Bound => ({ type: 'integer', value });
export const day = (value: string | null): Bound => ({ type: 'date', value });
/** An ISO 8601 time in UTC as the platform stores it: without a zone. */
export const instant = (value: string): Bound => ({ type: 'timestamp', value: value.replace(/Z$/, '') });
export const statuses = (value: readonly string[]): Bound => ({ type: '"OrderStatus"[]', value });

/** SQL with `$n` placeholders, some with their type behind them, as the same parts and values. */
export function fromPlaceholders(statement: string, bounds: readonly Bound[]): Sql {
  const pieces = statement.split(/\$(\d+)(?:::\w+(?:\[\])?)?/);
  const at = (number: string) => {
    const bound = bounds[Number(number) - 1];
    if (bound === undefined) throw new Error(`no value for $${number}`);
    return bound;
  };
  return {
    texts: pieces.filter((_piece, index) => index % 2 === 0),
    bounds: pieces.filter((_piece, index) => index % 2 === 1).map(at),
  };
}

/** The statement as node-postgres takes it. Equal values share a placeholder, so that equal expressions stay equal for GROUP BY. */
export function compile({ texts, bounds }: Sql): { text: string; values: Bound['value'][] } {
  const values: Bound['value'][] = [];
  const numbers = new Map<string, number>();
  const placeholders = bounds.map(({ type, value }) => {
    const key = `${type} ${JSON.stringify(value)}`;
    const known = numbers.get(key);
    const place = known ?? values.push(value);
    numbers.set(key, place);
    return `$${place}::${type}`;
  });
  return { text: interleave(texts, placeholders), values };
}

/** The same statement for psql: literals in place of the values. */
export function withLiterals({ texts, bounds }: Sql): string {
  return interleave(texts, bounds.map(literal));
}

function interleave(texts: readonly string[], between: readonly string[]): string {
  return texts.map((piece, index) => `${piece}${between[index] ?? ''}`).join('');
}

function literal({ type, value }: Bound): string {
  if (value === null) return `NULL::${type}`;
  if (typeof value === 'number') return `(${value})::${type}`; // `x -(1)` must not become a comment
  if (typeof value === 'string') return `${pg.escapeLiteral(value)}::${type}`;
  return `ARRAY[${value.map(pg.escapeLiteral).join(', ')}]::${type}`;
}
