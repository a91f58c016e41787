import type { Session } from '../db/session.js';

/** Rows of a summary table that a refresh added or changed, and took away. */
export interface Written {
  changed: number;
  removed: number;
}

/** Runs a statement that returns both numbers. */
export async function rowsWritten(session: Session, text: string, values: readonly unknown[]): Promise<Written> {
  const { rows } = await session.query<Written>(text, values);
  return { changed: rows[0]?.changed ?? 0, removed: rows[0]?.removed ?? 0 };
}
