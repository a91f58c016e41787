import type { Command } from 'commander';
import * as z from 'zod';
import type { CatalogueEntry } from '../checks/catalogue.js';
import { levelOf } from '../checks/check.js';
import type { RowVerdicts } from '../checks/rows.js';
import type { Context } from '../context.js';
import type { Rule } from '../phones/audit-report.js';
import type { Report } from '../report.js';
import { SelectorSchema, selectedChecks } from './check-options.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = OutputSchema.extend({
  reveal: z.boolean().default(false),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'audit',
    'Say of one number who had it when and which rules of the phones checks it keeps; without a number, list those that violate a rule.',
    [
      ['which numbers need attention?', 'smsfood phones audit'],
      ['one number, all that is known', 'smsfood phones audit +14045550101'],
    ],
  );
  withOutput(withDatabase(command))
    .argument('[number]', 'the number, as +14045550101 or typed by hand, or the id of its row')
    .option('--reveal', 'show phone numbers instead of masking them')
    .addHelpText(
      'after',
      `
The rules are those of the check files and of the configuration, without
thresholds: one number keeps a rule or not.

Exit codes: 0 no rule of level fail is violated, 1 one is, 2 unknown number,
3 a rule could not be judged.
`,
    )
    .action(
      host.run('phones audit', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const { report, exitCode } = await audit(context, args[0] ?? null, options.reveal);
        await emit(context, report, options);
        return exitCode;
      }),
    );
}

/** History and rules on one instant: the features meet in one session. */
async function audit(
  context: Context,
  wanted: string | null,
  reveal: boolean,
): Promise<{ report: Report; exitCode: number }> {
  const [
    { config },
    selected,
    { configuredGlobals },
    { judgeRows },
    { inSession },
    { readNow },
    phones,
    reports,
    { findNumber },
  ] = await Promise.all([
    context.loaded(),
    selectedChecks(context, ['phones'], SelectorSchema.parse({})),
    import('../checks/parameters.js'),
    import('../checks/rows.js'),
    import('../db/session.js'),
    import('../db/business-clock.js'),
    import('../phones/audit.js'),
    import('../phones/audit-report.js'),
    import('../phones/find-number.js'),
  ]);
  const checks = selected.filter(({ entity, metric }) => entity === 'phone_number_inventory' && metric === null);
  const { reading, limits, sandbox } = await context.database();
  return inSession(await reading(), { mode: 'read', limits, signal: context.io.signal }, async (session) => {
    const now = await readNow(session);
    const id = wanted === null ? null : await findNumber(session, wanted);
    const enabled = checks.filter((check) => check.enabled);
    const verdicts = await judgeRows(
      session,
      enabled,
      { ...configuredGlobals(config), now },
      id === null ? null : [id],
    );
    const rules = checks.map((check) => ruleOf(check, verdicts));
    const exitCode = exitCodeOf(rules);
    const options = { now, reveal, sandbox, exitCode };
    if (id !== null)
      return { report: reports.numberReport(await phones.readHistory(session, id), rules, options), exitCode };
    const { violated } = verdicts;
    const numbers = await phones.readNumbers(session, [...violated.keys()]);
    return { report: reports.poolAuditReport(numbers, violated, rules, options), exitCode };
  });
}

/** A rule that is violated has its level for a verdict, whatever threshold the check has. */
function ruleOf(check: CatalogueEntry, { violated, unjudged }: RowVerdicts): Rule {
  const { id, title, remedy } = check;
  const trouble = unjudged.get(id) ?? null;
  if (!check.enabled) return { id, title, verdict: 'skipped', remedy, reason: 'switched off in the configuration' };
  if (trouble !== null) return { id, title, verdict: 'error', remedy, reason: trouble };
  const isViolated = [...violated.values()].some((ids) => ids.includes(id));
  return { id, title, verdict: isViolated ? levelOf(check) : 'pass', remedy, reason: null };
}

function exitCodeOf(rules: readonly Rule[]): number {
  const has = (wanted: Rule['verdict']) => rules.some(({ verdict }) => verdict === wanted);
  return has('fail') ? 1 : has('error') ? 3 : 0;
}
