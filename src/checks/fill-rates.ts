import pg from 'pg';
import { type LiveTable, readLiveSchema } from '../db/catalog.js';
import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type Session, type SessionOptions } from '../db/session.js';
import { PLATFORM_TABLES } from '../personal-data.js';

export interface FillRate {
  table: string;
  column: string;
  filled: number;
  rows: number;
}

/** For every optional column of the platform: in how many rows it holds something. Blank text and JSON null are nothing. One scan a table. */
export async function readFillRates(pool: Pool, options: Omit<SessionOptions, 'mode'>): Promise<FillRate[]> {
  return inSession(pool, { ...options, mode: 'read' }, async (session) => {
    const live = await readLiveSchema(session, pool.url.schema);
    const tables = PLATFORM_TABLES.flatMap((name) => live.get(name) ?? []);
    const rates: FillRate[] = [];
    for (const table of tables) rates.push(...(await fillRatesOf(session, table)));
    return rates;
  }).catch(couldNot('read the fill rates', options.signal));
}

async function fillRatesOf(session: Session, table: LiveTable): Promise<FillRate[]> {
  const optional = [...table.columns.values()].filter(({ nullable }) => nullable);
  if (optional.length === 0) return [];
  const counts = optional.map(({ name, type }, index) => {
    const column = pg.escapeIdentifier(name);
    const filled = { text: `${column} ~ '\\S'`, jsonb: `${column} <> 'null'` }[type] ?? `${column} IS NOT NULL`;
    return `count(*) FILTER (WHERE ${filled}) AS c${index}`;
  });
  const { rows } = await session.query<Record<string, number>>(
    `SELECT count(*) AS rows, ${counts.join(', ')} FROM ${pg.escapeIdentifier(table.name)}`,
  );
  return optional.map(({ name }, index) => ({
    table: table.name,
    column: name,
    filled: Number(rows[0]?.[`c${index}`]),
    rows: Number(rows[0]?.rows),
  }));
}
