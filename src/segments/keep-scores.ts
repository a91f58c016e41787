import { inSavepoint, type Session } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { planSegments, type WrittenScores } from './plan.js';

export type KeptScores = { written: WrittenScores; reason: null } | { written: null; reason: string };

/** Scores all customers and keeps the scores, in the caller's transaction. Too few customers are a reason, no trouble. */
export async function keepScores(
  session: Session,
  options: { timezone: string; sold: readonly string[] },
): Promise<KeptScores> {
  try {
    const { written } = await inSavepoint(session, () => planSegments(session, { ...options, list: 0, write: true }));
    return { written: written ?? { added: 0, closed: 0, renewed: 0, removed: 0 }, reason: null };
  } catch (error) {
    if (!(error instanceof SmsfoodError) || error.code !== 'TOO_FEW_CUSTOMERS') throw error;
    return { written: null, reason: error.message.replace(/\.$/, '') };
  }
}
