import type pg from 'pg';
import type { Generation } from '../../db/catalog.js';

/** Looks at the catalog: the newer generation is the one whose customers have a businessId. */
export async function readGeneration(client: pg.ClientBase): Promise<Generation> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_attribute WHERE attrelid = to_regclass('customers') AND attname = 'businessId' AND NOT attisdropped`,
  );
  return rowCount === 1 ? 'newer' : 'production';
}
