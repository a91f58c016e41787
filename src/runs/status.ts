import { isLocked } from '../db/lock.js';

/** SQL for the status of the run `r`: `killed` where it is recorded as running and nobody holds its lock. Every role sees locks. */
export const STATUS_SQL = `
  CASE WHEN r.status = 'running' AND r.feature IS NOT NULL AND NOT ${isLocked('r.feature')} THEN 'killed' ELSE r.status END`;

/** What a person has to know of a run that is at work or did not come to its end; null for one that did. */
export function howItEnded({ status, exitCode }: { status: string; exitCode: number | null }): string | null {
  if (status === 'running') return 'It is at work: more changes may follow.';
  // The next run of its feature notes the end of one that was killed, which has no exit code.
  if (status === 'killed' || (status === 'interrupted' && exitCode === null)) return 'It was killed before its end.';
  if (status === 'interrupted') return 'It was told to stop before its end.';
  return status === 'errors' ? 'It ended in an error.' : null;
}

/** Of the ledger of such a run. */
export const LEDGER_IS_COMPLETE = 'What it had changed by then stands in the ledger, all of it.';
