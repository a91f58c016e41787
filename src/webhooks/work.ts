import type { Pool } from '../db/pool.js';
import { inSharedRun } from '../db/run.js';
import type { SessionLimits } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Metrics } from './metrics.js';
import { startWorkers, type Workers } from './worker.js';

export interface WorkOptions {
  runId: string;
  /** How many events are worked on at once in this process; 0 for none. */
  workers: number;
  /** Tables of the platform that the workers change, and in which they create rows. */
  writes: readonly string[];
  creates: readonly string[];
  timezone: string;
  sold: readonly string[];
  limits: SessionLimits;
  /** Ends it. */
  signal: AbortSignal;
  log: Logger;
}

/** The run of a receiver, and its workers. */
export interface Work {
  /** Records the run and starts the workers, where that is still to be done. Rejects where it is not possible. */
  begin(pool: Pool): Promise<void>;
  wake(): void;
  /** Lets the workers finish, and records the end of the run. Never rejects. */
  end(): Promise<void>;
}

export function createWork(options: WorkOptions, metrics: Metrics): Work {
  const { runId, workers: count, log, signal } = options;
  const ending = new AbortController();
  const ended = new Promise<void>((resolve) =>
    ending.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  let workers: Workers | null = null;
  let run: Promise<unknown> | null = null;
  // Not with the signal of the process: whoever still waits for the reply to an SMS gets it.
  const startOn = (pool: Pool) =>
    startWorkers(pool, {
      ...options,
      count,
      signal: ending.signal,
      onAttempt: (event, { result }, ms) => metrics.attempted(event.source, result, ms / 1000),
    });
  const start = (pool: Pool, begun: () => void) =>
    inSharedRun(
      pool,
      {
        ...options,
        id: runId,
        command: 'webhooks serve',
        arguments: { workers: count },
        writes: count === 0 ? [] : options.writes,
        creates: count === 0 ? [] : options.creates,
      },
      async () => {
        workers = count === 0 ? null : startOn(pool);
        begun();
        await ended;
        await workers?.stop();
        const { reason } = signal;
        return {
          value: null,
          exitCode: reason instanceof SmsfoodError ? reason.exitCode : 3,
          summary: workers?.counts() ?? {},
        };
      },
    );
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
          if (hasBegun) log.warn({ err: error }, 'the end of the run could not be recorded');
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
