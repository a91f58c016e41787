import type { Command } from 'commander';
import { z } from 'zod';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';

const OptionsSchema = z.object({ workers: z.coerce.number().pipe(z.int().min(1).max(16)).default(2) });

/** Tables of the platform that webhooks change, and in which they create rows. */
export const WEBHOOK_WRITES = ['orders', 'customers', 'business_customers', 'sms_logs'] as const;
export const WEBHOOK_CREATES = ['orders', 'customers', 'sms_logs'] as const;

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'work',
    'Process what `webhooks serve` has stored, beside it or on other machines, until stopped. Needs `smsfood db install`.',
    [
      ['two events at a time', 'smsfood webhooks work'],
      ['more of them', 'smsfood webhooks work --workers 8'],
    ],
  );
  withDatabase(command)
    .option('--workers <n>', 'events that are worked on at once, 1 to 16 (default: 2)')
    .addHelpText(
      'after',
      `
Any number of these may run, on any number of machines: each event is worked on by one of them. SIGTERM or Ctrl-C stops
it within 10 seconds; what is under way is finished, the rest is left to others. An event whose process was killed is
tried again when its lease of a minute is over. While the database is away it waits, and counts no attempt.
Exit codes: 2 wrong usage, 3 not possible, 130 or 143 when it was stopped.
`,
    )
    .action(
      host.run('webhooks work', async (context, _args, raw) => {
        await work(context, parseOptions(OptionsSchema, raw).workers);
        throw context.io.signal.reason;
      }),
    );
}

async function work(context: Context, count: number): Promise<void> {
  const [{ startWorkers }, { inSharedRun, requireOps }, { config }, log] = await Promise.all([
    import('../webhooks/worker.js'),
    import('../db/run.js'),
    context.loaded(),
    context.log(),
  ]);
  const { direct, limits } = await context.database();
  const { signal } = context.io;
  const pool = await direct();
  await requireOps(pool, 'webhook_inbox', { limits, signal });
  const run = {
    id: context.runId,
    command: 'webhooks work',
    arguments: { workers: count },
    writes: WEBHOOK_WRITES,
    creates: WEBHOOK_CREATES,
    limits,
    signal,
  };
  await inSharedRun(pool, run, async () => {
    const workers = startWorkers(pool, {
      runId: context.runId,
      count,
      timezone: config.timezone,
      sold: config.soldStatuses,
      limits,
      signal,
      log,
    });
    context.hint(`Working on webhooks, ${count} at a time. Stop with Ctrl-C.`);
    await told(signal);
    await workers.stop();
    const { reason } = signal;
    const exitCode = reason instanceof SmsfoodError ? reason.exitCode : 0;
    return { value: undefined, exitCode, summary: { ...workers.counts() } };
  });
}

/** Resolves when the process is told to stop. */
function told(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
