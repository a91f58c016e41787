import { isLocked } from '../db/lock.js';

/** SQL for the status of the run `r`: `killed` where it is recorded as running and nobody holds its lock. Every role sees locks. */
export const STATUS_SQL = `
  CASE WHEN r.status = 'running' AND r.feature IS NOT NULL AND NOT ${isLocked('r.feature')} THEN 'killed' ELSE r.status END`;

/** Ended by somebody else before its end. */
export function isUnfinished(status: string): boolean {
  return status === 'killed' || status === 'interrupted';
}

/**
 * What a person has to know of a run that is at work or did not come to its end; null for one that did. The next run of
 * its feature notes the end of one that was killed, which has no exit code.
 */
export function howItEnded(
  { status, exitCode }: { status: string; exitCode: number | null },
  { hasChanges }: { hasChanges: boolean },
): string | null {
  if (status === 'running') return 'It is at work: more changes may follow.';
  const end =
    status === 'killed' || (status === 'interrupted' && exitCode === null)
      ? 'It was killed before its end.'
      : status === 'interrupted'
        ? 'It was told to stop before its end.'
        : status === 'errors'
          ? 'It ended in an error.'
          : null;
  if (end === null || !hasChanges) return end;
  return `${end} What it had changed by then stands in the ledger, all of it.`;
}
