import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The statement of each check in hand-written.sql, without its semicolon; the clock is still `:'now'`. */
export function handWritten(): Map<string, string> {
  const text = readFileSync(join(import.meta.dirname, 'hand-written.sql'), 'utf8');
  const [, ...parts] = text.split(/^-- check: (\S+)\n/m);
  const statements = new Map<string, string>();
  for (let index = 0; index < parts.length; index += 2) {
    const id = parts[index] ?? '';
    if (statements.has(id)) throw new Error(`${id} is written twice`);
    statements.set(id, (parts[index + 1] ?? '').trim().replace(/;$/, ''));
  }
  return statements;
}

/** PostgreSQL drops an offset when it reads a timestamp without time zone, so only UTC is taken here. */
export function bindNow(sql: string, isoTime: string): string {
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?$/.test(isoTime)) throw new Error(`not a UTC time: ${isoTime}`);
  return sql.replaceAll(":'now'", `'${isoTime}'`);
}
