import { type Command, Option } from 'commander';
import * as z from 'zod';
import { duration } from '../config-schema.js';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import { DATASET_NAMES, type DatasetName } from '../exports/dataset.js';
import { DATASETS } from '../exports/datasets/index.js';
import type { Manifest } from '../exports/manifest.js';
import type { Request } from '../exports/prepare.js';
import type { Selection } from '../exports/statement.js';
import { FILE_FORMATS } from '../exports/style.js';
import { grouped } from '../words.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { exportTarget, writeTo } from './export-target.js';
import { instant, isDay } from './instant.js';

const bound = z.union(
  [
    z
      .string()
      .refine(isDay)
      .transform((day) => ({ day })),
    instant.transform((at) => ({ at })),
  ],
  {
    error: ({ input }) =>
      `"${String(input)}" is neither a day, such as 2026-03-01, nor a time with a zone, such as 2026-03-01T05:00:00Z`,
  },
);

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const OptionsSchema = z.object({
  from: bound.optional(),
  to: bound.optional(),
  month: z
    .string()
    .refine((text) => /^\d{4}-(?:0[1-9]|1[0-2])$/.test(text), {
      error: ({ input }) => `"${String(input)}" is no month; write for example 2026-03`,
    })
    .optional(),
  business: z.string().min(1).optional(),
  status: list.optional(),
  columns: list.optional(),
  format: z.enum(FILE_FORMATS),
  gzip: z.boolean().default(false),
  excel: z.boolean().default(false),
  raw: z.boolean().default(false),
  redact: z.boolean().default(false),
  force: z.boolean().default(false),
  output: z.string().default('-'),
  timeout: duration.optional(),
});
type Options = z.infer<typeof OptionsSchema>;

export function define(parent: Command, host: Host): void {
  for (const name of DATASET_NAMES) defineOne(parent, host, name);
}

function defineOne(parent: Command, host: Host, name: DatasetName): void {
  const command = subcommand(parent, name, `Export ${name}: ${DATASETS[name].summary}.`, [
    [
      `${name === 'customers' ? 'all of them' : 'last month'}, into this folder, with its manifest`,
      `smsfood export ${name} --output .`,
    ],
    ['a month, compressed', `smsfood export ${name} --month 2026-03 --gzip --output ${name}.csv.gz`],
  ]);
  withDatabase(command)
    .option('--from <day>', 'first day of the period in the business time zone, or a time such as 2026-03-01T05:00:00Z')
    .option('--to <day>', 'end of the period: the first day, or time, that is left out')
    .option('--month <month>', 'a whole month, such as 2026-03')
    .option('--business <id>', 'only rows of this business')
    .option('--status <list>', 'only rows in these statuses, separated by commas')
    .option('--columns <list>', `only these columns, in this order; \`smsfood export schema ${name}\` lists them`)
    .addOption(new Option('-f, --format <format>', 'form of the file').choices(FILE_FORMATS).default('csv'))
    .option('--gzip', 'compress the file')
    .option(
      '--excel',
      'a csv for spreadsheets: with the byte order mark by which Excel knows UTF-8, and with texts in quotes',
    )
    .option('--raw', 'leave free text in a csv as it is, also where a spreadsheet would run it')
    .option('--redact', 'mask personal data')
    .option('--timeout <duration>', 'longest time for one statement, such as 10m')
    .option('-o, --output <place>', '- for standard output (default), a file, or a folder, where the file gets a name')
    .option('--force', 'replace a file that is there already')
    .addHelpText(
      'after',
      `
All rows come from one snapshot, in one order, so that the same period gives the same bytes. A file appears whole or not
at all, readable for its owner only, with FILE.manifest.json beside it: rows, sums, sha256, period, query.
Without a period: ${name === 'customers' ? 'all customers' : 'the last complete month'}. Days are those of the business time zone.
Exit codes: 0 done, 2 wrong usage, 3 not possible.
`,
    )
    .action(
      host.run(`export ${name}`, async (context, _args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        await exportDataset(context, name, options);
        return 0;
      }),
    );
}

async function exportDataset(context: Context, name: DatasetName, options: Options): Promise<void> {
  const request = await requestOf(context, name, options);
  const target = await exportTarget(context, options);
  const [{ prepare }, { exportRows }, { fileName }] = await Promise.all([
    import('../exports/prepare.js'),
    import('../exports/export.js'),
    import('../exports/file-name.js'),
  ]);
  const database = await context.database();
  const limits = { ...database.limits, statementTimeoutMs: options.timeout ?? database.limits.statementTimeoutMs };
  const access = { limits, signal: context.io.signal };
  const pool = await database.reading();
  const selection = await prepare(pool, request, access);
  const place = await target.place(fileName(selection, database.sandbox));
  const manifest = await context.progress((tell) => {
    tell(`Counting ${name}`);
    return writeTo(context, place, (sink) =>
      exportRows(pool, selection, {
        ...access,
        sandbox: database.sandbox,
        folder: place.folder,
        file: place.file,
        sink,
        onProgress: (rows, of) => tell(`Writing ${name}: ${grouped(rows)} of ${grouped(of)} rows`),
      }),
    );
  });
  if (manifest !== null) context.hint(summary(selection, manifest, place.path));
}

async function requestOf(context: Context, name: DatasetName, options: Options): Promise<Request> {
  if (options.excel && options.format !== 'csv')
    throw new SmsfoodError('USAGE', `--excel is for csv, and cannot be used with --format ${options.format}.`);
  const [{ refuseEmpty }, { chooseColumns, chooseStatuses }, { config }] = await Promise.all([
    import('../exports/period.js'),
    import('../exports/choose.js'),
    context.loaded(),
  ]);
  const { from = null, to = null, month = null, business = null, format, gzip, excel, raw, redact } = options;
  const wanted = { from, to, month };
  refuseEmpty(wanted);
  const dataset = DATASETS[name];
  return {
    dataset,
    wanted,
    columns: chooseColumns(dataset, options.columns ?? null),
    statuses: chooseStatuses(dataset, options.status ?? null),
    business,
    style: { format, gzip, excel, raw, redact },
    timezone: config.timezone,
    sold: config.soldStatuses,
  };
}

function summary({ period }: Selection, manifest: Manifest, path: string | null): string {
  const { rows, sums, notes } = manifest;
  const money = Object.entries(sums).map(([key, sum]) => `, ${key} ${sum}`);
  const when = period.label === 'all' ? '' : ` of ${period.label} (${period.timezone})`;
  const where = path === null ? 'to standard output' : path;
  const source = manifest.sandbox ? ' SANDBOX DATA.' : '';
  return [`Wrote ${grouped(rows)} ${manifest.dataset}${when}${money.join('')}: ${where}.${source}`, ...notes].join(
    '\n',
  );
}
