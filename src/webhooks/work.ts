import type { Pool } from '../db/pool.js';
import { requireOps } from '../db/requirements.js';
import { inSharedRun } from '../db/run.js';
import type { SessionLimits } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import type { Logger } from '../logger.js';
import { HANDLER_TABLES } from './handlers/index.js';
import type { Metrics } from './metrics.js';
import { startWorkers, type WorkerOptions, type Workers } from './worker.js';

export interface WorkOptions {
  runId: string;
  /** How many events are worked on at once in this process; 0 for none. */
  workers: number;
  timezone: string;
  sold: readonly string[];
  limits: SessionLimits;
  /** Ends it. */
  signal: AbortSignal;
  log: Logger;
}

interface Shift extends Pick<WorkerOptions, 'onAttempt'> {
  command: string;
  /** When the workers are told to stop; why, the signal of the options says. */
  until: AbortSignal;
  /** Null where there are none. */
  onBegun(workers: Workers | null): void;
}

/** Records a run, and works on the inbox meanwhile. */
async function workUntil(pool: Pool, options: WorkOptions, { command, until, ...shift }: Shift): Promise<void> {
  const { runId, workers: count, signal } = options;
  const run = {
    ...options,
    ...(count === 0 ? { writes: [] } : HANDLER_TABLES),
    id: runId,
    command,
    arguments: { workers: count },
  };
  await inSharedRun(pool, run, async () => {
    const workers = count === 0 ? null : startWorkers(pool, { ...options, count, onAttempt: shift.onAttempt });
    shift.onBegun(workers);
    await aborted(until);
    await workers?.stop();
    const { reason } = signal;
    const exitCode = reason instanceof SmsfoodError ? reason.exitCode : 3;
    return { value: null, exitCode, summary: { ...workers?.counts() } };
  });
}

/** Works on the inbox until the signal is aborted. Throws OPS_NOT_INSTALLED, DB_…. */
export async function workOnInbox(pool: Pool, options: WorkOptions, onBegun: () => void): Promise<void> {
  await requireOps(pool, 'webhook_inbox', options);
  const { signal } = options;
  await workUntil(pool, options, { command: 'webhooks work', until: signal, onBegun, onAttempt: () => undefined });
}

/** The run of a receiver, and its workers. */
export interface ReceiverWork {
  /** Records the run and starts the workers, where that is still to be done. Rejects where it is not possible. */
  begin(pool: Pool): Promise<void>;
  wake(): void;
  /** Lets the workers finish, and records the end of the run. Never rejects. */
  end(): Promise<void>;
}

export function createReceiverWork(options: WorkOptions, metrics: Metrics): ReceiverWork {
  const ending = new AbortController();
  let workers: Workers | null = null;
  let run: Promise<void> | null = null;
  const start = (pool: Pool, onBegun: () => void) =>
    workUntil(pool, options, {
      command: 'webhooks serve',
      // Not the signal of the process: whoever still waits for the reply to an SMS gets it.
      until: ending.signal,
      onBegun(begun) {
        workers = begun;
        onBegun();
      },
      onAttempt: (event, { result }, ms) => metrics.attempted(event.source, result, ms / 1000),
    });
  return {
    async begin(pool) {
      if (run !== null) return;
      let hasBegun = false;
      await new Promise<void>((resolve, reject) => {
        const begun = () => {
          hasBegun = true;
          resolve();
        };
        run = start(pool, begun).catch((error: unknown) => {
          if (hasBegun) options.log.warn({ err: error }, 'the end of the run could not be recorded');
          else run = null;
          reject(error);
        });
      });
    },
    wake: () => workers?.wake(),
    async end() {
      ending.abort();
      await run;
    },
  };
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
