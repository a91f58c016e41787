import type { CheckRun } from '../checks/run.js';
import { exitCodeOf, type FailOn } from '../checks/verdict.js';
import type { Database } from '../db/database.js';
import { countByStatus } from '../report.js';

export interface Memory {
  runId: string;
  /** How the run was restricted, as `smsfood check` has it; null and false for all rows by the database's clock. */
  asOf: string | null;
  since: string | null;
  hasBaseline: boolean;
  failOn: FailOn;
  signal: AbortSignal;
}

/** Says of each finding whether it is new, and adds this run to the history, where ops is installed. Trouble there changes no verdict. */
export async function remember(database: Database, run: CheckRun, memory: Memory): Promise<void> {
  try {
    await addToHistory(database, run, memory);
  } catch (error) {
    memory.signal.throwIfAborted();
    const { describe } = await import('../db/errors.js');
    run.notes.push(`No history: ${describe(error)}.`);
  }
}

async function addToHistory(database: Database, run: CheckRun, memory: Memory): Promise<void> {
  const { asOf, since, hasBaseline, failOn, runId, signal } = memory;
  const { addStates, openHistory, recordRun } = await import('../checks/history.js');
  const history = await openHistory(await database.direct(), database.limits, signal);
  if (history.kind === 'absent') return;
  if (history.kind === 'closed') {
    run.notes.push(`No history: ${history.reason}.`);
    return;
  }
  // Runs on another clock, or on a part of the rows, say nothing about when a finding opened.
  if (asOf === null && since === null) await addStates(history, run);
  const { results, startedAt, durationMs } = run;
  await recordRun(history, {
    id: runId,
    command: 'check',
    arguments: { since, asOf, baseline: hasBaseline },
    startedAt,
    durationMs,
    exitCode: exitCodeOf(countByStatus(results), failOn),
    isAsOf: asOf !== null,
    results,
  });
}
