import type pg from 'pg';

/**
 * Drops the foreign keys between the given tables and returns what puts them back, word for word. Checked row by row during
 * COPY they take longer than all the rest of the seeding; put back, each is checked by one join.
 */
export async function dropForeignKeys(client: pg.ClientBase, tables: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ drop: string; add: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
            format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS add
     FROM pg_constraint
     WHERE contype = 'f' AND conrelid = ANY (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)
     ORDER BY conrelid::regclass::text, conname`,
    [tables],
  );
  for (const { drop } of rows) await client.query(drop);
  return rows.map(({ add }) => add);
}
