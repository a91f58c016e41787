import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { Config } from '../config-schema.js';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import type { PrunedWebhooks } from '../privacy/retention-report.js';
import { ApplySchema, withApply } from './apply-options.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = ApplySchema.extend(OutputSchema.shape);

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'retention',
    'What is kept for longer than the configured periods, by table: texts of messages, personal values in the ledger, webhooks. Counts, and with --apply blanks or deletes it. Never touches orders.',
    [
      ['what is too old?', 'smsfood privacy retention'],
      ['the first time, when it is much', 'smsfood privacy retention --apply --force'],
      ['every week', 'smsfood privacy retention --apply'],
    ],
  );
  withApply(withOutput(withDatabase(command)))
    .addHelpText(
      'after',
      `
The periods stand in the configuration: retention.messageDays, ledgerDays, payloadDays and eventDays. Texts are blanked
in batches, each logged in the ledger without the text, so a run that was interrupted goes on where it ended. Undo cannot
bring them back. Webhooks are pruned by the rules of \`smsfood webhooks prune\`, as a run of their own. The message stays,
with its customer, time and status; what a blanked text cost can no longer be counted.

Exit codes: 0 nothing is too old, 1 something is (in a dry run), or was held by somebody else, 2 wrong usage,
3 not possible.
`,
    )
    .action(
      host.run('privacy retention', async (context, _args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const [{ config }, { keepPeriods }, { retentionReport, retentionViewExitCode }] = await Promise.all([
          context.loaded(),
          import('../privacy/retention.js'),
          import('../privacy/retention-report.js'),
        ]);
        const { messageDays, ledgerDays, payloadDays, eventDays } = config.retention;
        const { direct, limits, sandbox } = await context.database();
        const { retention, webhooks } = await context.progress(async (onProgress) => {
          const kept = await keepPeriods(await direct(), {
            runId: context.runId,
            apply: options.apply,
            limit: { maxChanges: options.maxChanges ?? null, force: options.force },
            messageDays,
            ledgerDays,
            limits,
            signal: context.io.signal,
            onProgress,
          });
          return { retention: kept, webhooks: await pruneWebhooks(context, config, options.apply, onProgress) };
        });
        const days = { messages: messageDays, ledger: ledgerDays, payloads: payloadDays, events: eventDays };
        const view = { runId: context.runId, days, webhooks, sandbox };
        await emit(context, retentionReport(retention, view), options);
        return retentionViewExitCode(retention, view);
      }),
    );
}

/** Null where the inbox is not there, or closed: without --apply that is no reason to stop. */
async function pruneWebhooks(
  context: Context,
  { retention: { payloadDays, eventDays } }: Config,
  apply: boolean,
  onProgress: (text: string) => void,
): Promise<PrunedWebhooks | null> {
  const [{ prune }, { direct, limits }] = await Promise.all([import('../webhooks/prune.js'), context.database()]);
  try {
    const { planned, removed } = await prune(await direct(), {
      runId: randomUUID(),
      apply,
      payloadDays,
      keyDays: eventDays,
      limits,
      signal: context.io.signal,
      onProgress,
    });
    return {
      payloads: { due: planned.payloads, done: removed?.payloads ?? null },
      events: { due: planned.events, done: removed?.events ?? null },
    };
  } catch (error) {
    const isClosed = error instanceof SmsfoodError && ['OPS_NOT_INSTALLED', 'DB_PERMISSION'].includes(error.code);
    if (isClosed && !apply) return null;
    throw error;
  }
}
