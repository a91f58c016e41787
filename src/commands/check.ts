import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import * as z from 'zod';
import type { CatalogueEntry } from '../checks/catalogue.js';
import type { CheckRun } from '../checks/run.js';
import { FAIL_ON } from '../checks/verdict.js';
import { duration } from '../config-schema.js';
import type { Context } from '../context.js';
import { placeOf } from '../db/url.js';
import { SmsfoodError } from '../errors.js';
import { FORMATS } from '../output/index.js';
import { count } from '../words.js';
import { define as defineExplain } from './check-explain.js';
import { define as defineHistory } from './check-history.js';
import { define as defineList } from './check-list.js';
import { remember } from './check-memory.js';
import { define as defineNew } from './check-new.js';
import { SelectorSchema, selectedChecks, withSelectors } from './check-options.js';
import { define as defineShow } from './check-show.js';
import { type Host, parseOptions, subcommand, withChoices, withDatabase } from './command.js';
import { emit } from './emit.js';
import { day, instant } from './instant.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = SelectorSchema.extend({
  ...OutputSchema.shape,
  failOn: z.enum(FAIL_ON),
  jobs: z.coerce.number().pipe(z.int().min(1).max(16)).optional(),
  sample: z.coerce.number().pipe(z.int().min(0).max(100)).optional(),
  timeout: duration.optional(),
  asOf: instant.optional(),
  since: instant.optional(),
  baseline: z.string().optional(),
  writeBaseline: z.string().optional(),
  reason: z.string().min(1).default('accepted when the baseline was written'),
  expires: day.optional(),
  reveal: z.boolean().default(false),
  verbose: z.boolean().default(false),
});
type Options = z.infer<typeof OptionsSchema>;

export function define(parent: Command, host: Host): void {
  const command = subcommand(parent, 'check', 'Judge data-quality checks on the database, all on one instant.', [
    ['every check, gating on failures', 'smsfood check'],
    ['two domains, in a CI job', 'smsfood check orders phones --format junit --output checks.xml'],
    ['only what is new since yesterday', 'smsfood check --since 2026-03-09T00:00:00Z'],
    [
      'accept what is there today, fail on anything new',
      'smsfood check --write-baseline baseline.json --reason "ticket 4711"',
    ],
    ['fail only on what the baseline does not know', 'smsfood check --baseline baseline.json'],
  ]);
  withSelectors(withOutput(withDatabase(command), FORMATS))
    .addOption(withChoices(new Option('--fail-on <level>', 'exit 1 from this status on').default('fail'), FAIL_ON))
    .option('-j, --jobs <n>', 'database sessions at work side by side; each keeps one core of the server busy')
    .option('--timeout <duration>', 'longest time for one statement, such as 30s')
    .option('--sample <n>', 'violating rows to show of each check')
    .option('--reveal', 'show personal data in samples instead of masking it')
    .option('--since <time>', 'judge only rows created or updated since, and what they touch')
    .option('--as-of <time>', 'judge as if it were this time, instead of the database clock')
    .option('--baseline <file>', 'fail only on violations that are not in this file')
    .option('--write-baseline <file>', "record today's violations by hashed row key")
    .option('--reason <text>', 'with --write-baseline: why they are accepted')
    .option('--expires <day>', 'with --write-baseline: excused until this day (default: 90 days)')
    .addHelpText(
      'after',
      `
Findings with samples and remedies are shown with --verbose, and always where at most five checks are selected.
Exit codes: 0 nothing failed, 1 findings, 2 wrong usage or check file, 3 something could not be judged.
`,
    )
    .action(host.run('check', (context, args, options) => check(context, args, parseOptions(OptionsSchema, options))));
  defineList(command, host);
  defineShow(command, host);
  defineExplain(command, host);
  defineHistory(command, host);
  defineNew(command, host);
}

async function check(context: Context, args: readonly string[], options: Options): Promise<number> {
  const [checks, { config }, { runChecks }, { readBaseline }, { configuredGlobals }] = await Promise.all([
    selectedChecks(context, args, options),
    context.loaded(),
    import('../checks/run.js'),
    import('../checks/baseline.js'),
    import('../checks/parameters.js'),
  ]);
  refuseContradictions(options);
  const baseline = options.baseline === undefined ? null : readBaseline(resolve(context.io.cwd, options.baseline));
  const database = await context.database();
  const pool = await database.reading();
  const run = await context.progress((tell) =>
    runChecks(pool, checks, {
      jobs: options.jobs ?? config.checks.jobs,
      limits: { ...database.limits, statementTimeoutMs: options.timeout ?? database.limits.statementTimeoutMs },
      samples: options.sample ?? config.checks.samples,
      reveal: options.reveal,
      asOf: options.asOf ?? null,
      since: options.since ?? null,
      globals: configuredGlobals(config),
      baseline,
      collectKeys: options.writeBaseline !== undefined,
      signal: context.io.signal,
      onProgress: (what, done, of) => tell(`Checking ${what} (${done} of ${of})`),
    }),
  );
  return finish(context, checks, run, options);
}

function refuseContradictions({ since, writeBaseline, expires, asOf }: Options): void {
  if (since !== undefined && writeBaseline !== undefined) {
    throw new SmsfoodError('USAGE', '--write-baseline records all violations and cannot be used with --since.');
  }
  const today = (asOf ?? new Date().toISOString()).slice(0, 10);
  if (expires !== undefined && expires <= today)
    throw new SmsfoodError('USAGE', `--expires: ${expires} is not in the future.`);
}

async function finish(
  context: Context,
  checks: readonly CatalogueEntry[],
  run: CheckRun,
  options: Options,
): Promise<number> {
  const { checkReport } = await import('../checks/report.js');
  const database = await context.database();
  await remember(database, run, {
    runId: context.runId,
    asOf: options.asOf ?? null,
    since: options.since ?? null,
    hasBaseline: options.baseline !== undefined,
    failOn: options.failOn,
    signal: context.io.signal,
  });
  const report = checkReport(run, {
    runId: context.runId,
    database: placeOf((await database.reading()).url),
    sandbox: database.sandbox,
    since: options.since ?? null,
    failOn: options.failOn,
    cwd: context.io.cwd,
    details: options.verbose || checks.length <= 5,
  });
  await emit(context, report, options);
  if (options.writeBaseline !== undefined)
    return writeBaselineFile(context, checks, run, options, options.writeBaseline);
  if (!options.verbose && checks.length > 5 && report.exitCode === 1 && options.format === 'table') {
    context.hint('Look closer with `smsfood check ID` (samples and remedy) or `smsfood check show ID` (the rule).');
  }
  return report.exitCode;
}

async function writeBaselineFile(
  context: Context,
  checks: readonly CatalogueEntry[],
  run: CheckRun,
  options: Options,
  path: string,
): Promise<number> {
  const unjudged = run.results.filter(({ status }) => status === 'error').map(({ id }) => id);
  if (unjudged.length > 0) {
    context.hint(`No baseline written: ${unjudged.join(', ')} could not be judged.`);
    return 3;
  }
  const { newBaseline } = await import('../checks/baseline.js');
  const { writeFileAtomic } = await import('../output/file.js');
  const baseline = newBaseline(checks, run, { reason: options.reason, expires: options.expires });
  const file = resolve(context.io.cwd, path);
  await writeFileAtomic(file, `${JSON.stringify(baseline, null, 2)}\n`, { signal: context.io.signal });
  const keys = [...run.keys.values()].reduce((total, list) => total + list.length, 0);
  context.hint(
    `Wrote ${count(keys, 'accepted violation')} of ${count(run.keys.size, 'check')} to ${file}. Use it with --baseline.`,
  );
  const without = run.results.filter(({ id, status }) => status === 'fail' && !run.keys.has(id)).map(({ id }) => id);
  if (without.length > 0)
    context.hint(
      `It still fails, as a value has no rows to accept: ${without.join(', ')}. Set a limit, or "level": "warn", under checks.overrides.`,
    );
  return 0;
}
