import { Argument, type Command, Option } from 'commander';
import * as z from 'zod';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import { type KpiReport, REPORT_IDS } from '../kpi/kpi.js';
import { COMPARISONS, GRAINS } from '../kpi/period.js';
import { suggestion } from '../nearest.js';
import type { Report } from '../report.js';
import { type Host, parseOptions, subcommand, withChoices, withDatabase } from './command.js';
import { emit } from './emit.js';
import { day, instant } from './instant.js';
import { kpiRequest } from './kpi-request.js';
import { OutputSchema, withOutput } from './output-options.js';
import { watch } from './watch.js';

const seconds = 'must be a number of seconds, from 1 to 86400';
const OptionsSchema = OutputSchema.extend({
  from: day.optional(),
  to: day.optional(),
  business: z.string().min(1).optional(),
  compare: z.enum(COMPARISONS).optional(),
  by: z.enum(GRAINS).optional(),
  fresh: z.boolean().default(false),
  asOf: instant.optional(),
  series: z.string().optional(),
  define: z.boolean().default(false),
  sql: z.boolean().default(false),
  watch: z
    .union([z.literal(true).transform(() => 10), z.coerce.number(seconds).min(1, seconds).max(86_400, seconds)])
    .optional(),
});
type Options = z.infer<typeof OptionsSchema>;

export function define(parent: Command, host: Host): void {
  const command = subcommand(parent, 'kpi', "The marketplace's numbers, defined, dated and compared like with like.", [
    ["today's numbers at a glance", 'smsfood kpi'],
    ['what exactly is counted?', 'smsfood kpi --define'],
    ['March, by week, against February', 'smsfood kpi revenue --from 2026-03-01 --to 2026-04-01 --by week'],
    ['the dishes of one business, for a spreadsheet', 'smsfood kpi menu --business ID --format csv --series dishes'],
    ['the very statement, in psql', 'smsfood kpi cohorts --sql | psql "$DATABASE_URL"'],
  ]);
  withOutput(withDatabase(command))
    .addArgument(withChoices(new Argument('[report]', 'which numbers; overview unless named'), REPORT_IDS))
    .option('--from <day>', 'the first day of the period, in the business time zone')
    .option('--to <day>', 'the day after its last; without it the period runs until now')
    .addOption(
      new Option(
        '--compare <with>',
        'the period before, the same weekdays, or the year before (default: a day with the same weekday, else prior)',
      ).choices(COMPARISONS),
    )
    .addOption(new Option('--by <grain>', 'revenue: by day, week or month (default: day)').choices(GRAINS))
    .option('--business <id>', 'of one business only')
    .option('--fresh', "read the platform's tables although the summary tables are fresh")
    .option('--as-of <time>', 'count periods from this time instead of now; rows are as they stand')
    .option('--series <id>', 'with --format csv: this series in place of the metrics')
    .option('--define', 'print what each metric means')
    .option('--sql', 'print the statements that would be sent, ready for psql')
    .option('--watch [seconds]', 'again and again, every 10 seconds unless told otherwise, until Ctrl-C')
    .addHelpText(
      'after',
      `
A period is complete (by default the last one), or it is running: then it counts up to now, is compared with the same
elapsed part of the other one, and is labelled partial. A change from 0 is n/a; rates change in percentage points (pp).
Numbers come from the summary tables of \`smsfood refresh\` where these are fresh: made with the configured time zone and
sold statuses, and refreshed today, for running periods within kpi.freshMinutes (60). They are then those of the refresh;
the output says so, and as of when. Everything else is read from the platform's tables, in one snapshot.
Exit codes: 0 done, 2 wrong usage or an unknown business, 3 not possible, 130 after Ctrl-C.
`,
    )
    .action(
      host.run('kpi', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const { KPI_REPORTS } = await import('../kpi/index.js');
        const name = args[0] ?? 'overview';
        const report = KPI_REPORTS.find(({ id }) => id === name);
        if (report === undefined) {
          const names = KPI_REPORTS.map(({ id }) => id);
          throw new SmsfoodError('USAGE', `There is no kpi report "${name}".`, suggestion(name, names));
        }
        refuseContradictions(context, report, options);
        if (options.define) await printDefinitions(context, args.length === 0 ? KPI_REPORTS : [report], options);
        else if (options.sql) await printSql(context, report, options);
        else if (options.watch !== undefined) await watch(context, options.watch, () => read(context, report, options));
        else await emit(context, await read(context, report, options), options);
        return 0;
      }),
    );
}

/** Before anything is sent to the database. */
function refuseContradictions({ io }: Context, report: KpiReport, options: Options): void {
  const { from, to, business, compare, watch: interval, format, output, series, asOf, by } = options;
  const refuse = (text: string, hint?: string) => {
    throw new SmsfoodError('USAGE', text, hint ?? 'See `smsfood kpi --help`.');
  };
  if (from !== undefined && to !== undefined && from >= to)
    refuse(
      from === to ? `--from ${from} and --to ${to} leave no day.` : `--from ${from} is after --to ${to}.`,
      '--to is the day after the last one of the period.',
    );
  if (report.range === 'refused' && (from ?? to) !== undefined)
    refuse(`kpi ${report.id} is always about now, and takes no --from and --to.`);
  if (report.business === 'refused' && business !== undefined)
    refuse(`kpi ${report.id} is about the customers of all businesses together, and takes no --business.`);
  if (!report.compares && compare !== undefined && compare !== 'none')
    refuse(`kpi ${report.id} compares no periods, and takes no --compare.`);
  if (report.id === 'rfm' && asOf !== undefined) refuse('kpi rfm scores the customers of now, and takes no --as-of.');
  if (report.id !== 'revenue' && by !== undefined) refuse(`--by is for kpi revenue, not for ${report.id}.`);
  if (options.sql && (format !== 'table' || output !== undefined))
    refuse('--sql prints to standard output, and takes no --format and --output.');
  if (series !== undefined && format !== 'csv')
    refuse('--series is for --format csv; the other formats have all series.');
  if (interval === undefined) return;
  if (!io.stdout.isTerminal) refuse('--watch needs a terminal.', 'Run it from cron, or in a loop of your own.');
  if (format !== 'table' || output !== undefined || options.define || options.sql)
    refuse('--watch shows the table again and again, and cannot be used with --format, --output, --define or --sql.');
}

async function read(context: Context, report: KpiReport, options: Options): Promise<Report> {
  const [{ runKpi }, { kpiReport }] = await Promise.all([import('../kpi/run.js'), import('../kpi/report.js')]);
  const database = await context.database();
  const result = await context.progress(async (tell) => {
    tell(`Reading the numbers of ${report.id}`);
    return runKpi(await database.reading(), report, await kpiRequest(context, report, options));
  });
  return kpiReport(result, { sandbox: database.sandbox, csvSeries: options.series ?? null });
}

async function printSql(context: Context, report: KpiReport, options: Options): Promise<void> {
  const { kpiScript } = await import('../kpi/run.js');
  const database = await context.database();
  context.io.stdout.write(
    await kpiScript(await database.reading(), report, await kpiRequest(context, report, options), database),
  );
}

async function printDefinitions(
  context: Context,
  reports: readonly KpiReport[],
  { format, output }: Options,
): Promise<void> {
  const [{ defineReport }, { config }] = await Promise.all([import('../kpi/define-report.js'), context.loaded()]);
  const definitions = defineReport(reports, { sold: config.soldStatuses, timezone: config.timezone });
  await emit(context, definitions, { format, output });
}
