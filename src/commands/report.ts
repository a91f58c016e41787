import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { refuseExisting } from './refuse-existing.js';
import type { WantedPage } from './report-chapters.js';
import { type GatheredPage, gatherPage } from './report-page.js';

const OptionsSchema = z.object({
  output: z.string().min(1, 'names no file').optional(),
  business: z.string().min(1).optional(),
  fresh: z.boolean().default(false),
  force: z.boolean().default(false),
});
type Options = z.infer<typeof OptionsSchema>;

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'report',
    'Write one HTML page: KPIs with their trends, cohorts, segments, SMS delivery, webhooks, data quality, open findings.',
    [
      ['a page to show around, or to print', 'smsfood report --output report.html'],
      ['of one business', 'smsfood report --business ID --output business.html'],
      ['every morning, over the one of yesterday (cron)', 'smsfood report --output /srv/reports/today.html --force'],
      ['on its way elsewhere', 'smsfood report --output - | gzip > report.html.gz'],
    ],
  );
  withDatabase(command)
    .option('-o, --output <file>', 'the file to write, whole or not at all; - for standard output')
    .option('--business <id>', 'of one business only; what is about the marketplace as a whole is left out')
    .option('--fresh', "read the platform's tables although the summary tables are fresh")
    .option('--force', 'replace a file that is there already')
    .addHelpText(
      'after',
      `
The page is one file without scripts, which loads nothing: open it in a browser, mail it, print it. Its numbers are those
of \`smsfood kpi\`, \`scorecard\`, \`check\` and \`webhooks stats\`, all of one instant, which stands at its top; those read
from the summary tables are of their refresh, and say so; with --fresh there are none.
What could not be read is called unknown, with the reason; the page is written all the same, and the exit code is 3.
Exit codes: 0 done, also with findings; 2 wrong usage or an unknown business; 3 not possible, or not all of it.
`,
    )
    .action(host.run('report', async (context, _args, raw) => report(context, parseOptions(OptionsSchema, raw))));
}

async function report(context: Context, { output, force, business, fresh }: Options): Promise<number> {
  if (output === undefined)
    throw new SmsfoodError(
      'USAGE',
      '--output is missing: the page is a file to be opened in a browser.',
      'For example `smsfood report --output report.html`; `--output -` writes it to standard output.',
    );
  const wanted = { business: business ?? null, fresh };
  const gathered =
    output === '-' ? await toStandardOutput(context, wanted) : await toFile(context, output, { force, wanted });
  const { unknown } = gathered;
  if (unknown.length > 0) context.hint(`Not all of it is known: ${unknown.join(', ')}. The page says why.`);
  return unknown.length > 0 ? 3 : 0;
}

async function toStandardOutput(context: Context, wanted: WantedPage): Promise<GatheredPage> {
  const { renderPage } = await import('../output/html/page.js');
  const gathered = await gatherPage(context, wanted);
  context.io.stdout.write(await renderPage(gathered.page));
  return gathered;
}

/** The place is opened before the database is asked: minutes of reading for a folder that cannot be written would be lost. */
async function toFile(
  context: Context,
  output: string,
  { force, wanted }: { force: boolean; wanted: WantedPage },
): Promise<GatheredPage> {
  const path = resolve(context.io.cwd, output);
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  if (!force && !isFolder) await refuseExisting(path);
  const [{ renderPage }, { writeFileAtomic }] = await Promise.all([
    import('../output/html/page.js'),
    import('../output/file.js'),
  ]);
  let gathered: GatheredPage | undefined;
  async function* text(): AsyncGenerator<string> {
    gathered = await gatherPage(context, wanted);
    yield await renderPage(gathered.page);
  }
  await writeFileAtomic(path, text(), { signal: context.io.signal });
  if (gathered === undefined) throw new Error('a page was written and never made');
  context.hint(`Wrote ${path}.`);
  return gathered;
}
