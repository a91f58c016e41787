import type { Command } from 'commander';
import * as z from 'zod';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import type { Reconciled } from '../reconcile/reconcile.js';
import type { Wanted } from '../reconcile/scope.js';
import { ApplySchema, withApply } from './apply-options.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { instant } from './instant.js';
import { OutputSchema, withOutput } from './output-options.js';
import { define as defineExplain } from './reconcile-explain.js';

const OptionsSchema = ApplySchema.extend({
  ...OutputSchema.shape,
  full: z.boolean().default(false),
  since: instant.optional(),
  customer: z.string().trim().min(1, { error: 'needs an id or a phone number' }).optional(),
  sample: z.coerce.number().pipe(z.int().min(0).max(1000)).default(5),
});
type Options = z.infer<typeof OptionsSchema>;

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'reconcile',
    "Compare customers' totalOrders, totalSpent and lastOrderAt with their sold orders, say who drifted by how much and why, and correct them with --apply.",
    [
      ['how much is wrong, and why?', 'smsfood reconcile --full'],
      ['every night', 'smsfood reconcile --apply'],
      ['one customer', 'smsfood reconcile --customer cmgwymok2000afy3db0oqt13z --apply'],
      ['what is behind the number?', 'smsfood reconcile explain cmgwymok2000afy3db0oqt13z'],
    ],
  );
  withApply(withOutput(withDatabase(command)))
    .option('--full', 'look at all customers, not only at those that changed')
    .option('--since <time>', 'look at what was created or updated since, instead of since the last run')
    .option('--customer <id>', 'look at one customer: id or phone number')
    .option('--sample <n>', 'drifted customers to show (default: 5)')
    .addHelpText('after', HELP)
    .action(
      host.run('reconcile', async (context, _args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const wanted = wantedOf(options);
        const { reconciled, durationMs } = await run(context, options, wanted);
        const [{ reconcileReport }, { exitCodeOf }, { sandbox }] = await Promise.all([
          import('../reconcile/report.js'),
          import('../reconcile/reconcile.js'),
          context.database(),
        ]);
        const report = reconcileReport(reconciled, { runId: context.runId, durationMs, sandbox });
        await emit(context, report, options);
        return exitCodeOf(reconciled);
      }),
    );
  defineExplain(command, host);
}

const HELP = `
Without --full, --since or --customer a run looks at what changed since the last one with --apply: at customers whose
row, or one of whose orders of the last 14 days, was created or updated since, with an hour to spare for clocks that
lag. What it writes is always the sum over all of the customer's orders, made while the row is locked. It does not see
older orders that changed without their customer, orders that were deleted, moved or inserted with an old id, and
changes without a new updatedAt: a full pass does, with --full, and by itself at the first time, every 7 days, and
where the sold statuses of the configuration change. Recent orders are found by their ids, which begin with their time;
where they do not, all orders are read. Indexes on orders make it quicker and see orders of any age: \`smsfood db advise\`.
lastOrderAt is left where it is within 24 hours of the newest sold order: the platform sets it at payment.
Exit codes: 0 nothing is left to do, 1 something is (in a dry run: drift), 2 wrong usage or unknown customer,
3 not possible.
`;

function wantedOf({ full, since, customer }: Options): Wanted {
  const given = [full && '--full', since !== undefined && '--since', customer !== undefined && '--customer'].filter(
    Boolean,
  );
  if (given.length > 1)
    throw new SmsfoodError('USAGE', `${given.join(' and ')} exclude each other.`, 'Give one of them.');
  if (full) return { kind: 'full' };
  if (since !== undefined) return { kind: 'since', since };
  if (customer !== undefined) return { kind: 'customer', customer };
  return { kind: 'default' };
}

async function run(
  context: Context,
  options: Options,
  wanted: Wanted,
): Promise<{ reconciled: Reconciled; durationMs: number }> {
  const [{ reconcile }, { config }] = await Promise.all([import('../reconcile/reconcile.js'), context.loaded()]);
  const database = await context.database();
  const pool = await database.direct();
  const startedAt = performance.now();
  const reconciled = await context.progress((onProgress) =>
    reconcile(pool, {
      runId: context.runId,
      apply: options.apply,
      wanted,
      limit: { maxChanges: options.maxChanges ?? null, force: options.force },
      sold: config.soldStatuses,
      samples: options.sample,
      limits: database.limits,
      signal: context.io.signal,
      onProgress,
    }),
  );
  return { reconciled, durationMs: Math.round(performance.now() - startedAt) };
}
