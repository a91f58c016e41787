import { DatabaseError } from 'pg';
import { describe, isConnectionLost } from '../db/errors.js';
import { inSavepoint, type Session } from '../db/session.js';
import type { ParsedCheck } from './check-file.js';
import { type Binder, createBinder, type GlobalParameters } from './parameters.js';
import { lineAndColumn, parameterUses } from './sql-text.js';

/**
 * Where in its file a check goes wrong, 1-based, found by planning it alone: a position inside a fused statement would
 * say nothing to its author. Null where the server names no place (an error in a row's value has none).
 */
export async function locateError(
  session: Session,
  check: ParsedCheck,
  globals: GlobalParameters,
): Promise<{ line: number; column: number; message: string } | null> {
  const binder = createBinder(globals);
  const prefix = 'EXPLAIN ';
  const text = prefix + binder.bind(check.sql, check.parameters);
  try {
    await inSavepoint(session, () => session.query(text, binder.values));
    return null;
  } catch (error) {
    if (isConnectionLost(error) || !(error instanceof DatabaseError) || error.position === undefined) return null;
    // The server counts characters, a string here has two units for those beyond the basic plane.
    const index = [...text].slice(prefix.length, Number(error.position) - 1).join('').length;
    const { line, column } = lineAndColumn(check.sql, originalIndex(check, binder, index));
    return { line: check.sqlLine + line - 1, column, message: describe(error) };
  }
}

/** Undoes the shifts that placeholders of another length than `:name` brought about. */
function originalIndex(check: ParsedCheck, { bind }: Pick<Binder, 'bind'>, index: number): number {
  let shift = 0;
  for (const use of parameterUses(check.sql)) {
    const start = use.start + shift;
    if (index < start) break;
    const length = bind(`:${use.name}`, check.parameters).length;
    if (index < start + length) return use.start;
    shift += length - (use.end - use.start);
  }
  return index - shift;
}
