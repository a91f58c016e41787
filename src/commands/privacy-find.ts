import type { Command } from 'commander';
import * as z from 'zod';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import { type Host, parseOptions, subcommand, withDatabase } from './command.js';
import { emit } from './emit.js';
import { OutputSchema, withOutput } from './output-options.js';

const OptionsSchema = OutputSchema.extend({
  reveal: z.boolean().default(false),
  limit: z.coerce.number({ error: 'is no number' }).pipe(z.int().min(1).max(10_000)).default(100),
});

export function define(parent: Command, host: Host): void {
  const command = subcommand(
    parent,
    'find',
    'Find every row about a person, by phone number or e-mail address: customers, orders, messages, lists, businesses, webhooks, the ledger. Reads only.',
    [
      ['what is known of a number?', 'smsfood privacy find "+1 404 555 0134"'],
      ['without leaving it in the history of the shell', 'smsfood privacy find - < number.txt'],
      [
        'what the person may see, in a file that only you may read',
        'smsfood privacy find - --reveal --format json --output answer.json',
      ],
    ],
  );
  withOutput(withDatabase(command))
    .argument('<person>', 'phone number or e-mail address, however it is typed; - reads it from standard input')
    .option('--reveal', 'show personal values instead of masking them')
    .option('--limit <n>', 'rows to list of each table, all are counted (default: 100)')
    .addHelpText(
      'after',
      `
Rows are found by the number or address itself, in texts that name it, in the bodies of webhooks, and through what
belongs to the customer. North American numbers are found with and without their country code. Whom you ask about is
neither logged nor kept: this leaves no run.

Exit codes: 0 done, whether something was found or not, 2 no number or address, 3 not possible, or a table is closed to
this role, so that "every row" cannot be vouched for.
`,
    )
    .action(
      host.run('privacy find', async (context, args, raw) => {
        const options = parseOptions(OptionsSchema, raw);
        const [{ readPerson }, { findPerson }, { findExitCode, findReport }] = await Promise.all([
          import('../privacy/person.js'),
          import('../privacy/find.js'),
          import('../privacy/find-report.js'),
        ]);
        const person = readPerson(args[0] === '-' ? await firstLine(context) : (args[0] ?? ''));
        const { direct, limits, sandbox } = await context.database();
        const pool = await direct();
        const findings = await context.progress((onProgress) =>
          findPerson(pool, person, {
            limit: options.limit,
            reveal: options.reveal,
            limits,
            signal: context.io.signal,
            onProgress,
          }),
        );
        await emit(context, findReport(findings, { kind: person.kind, sandbox }), options, 0o600);
        return findExitCode(findings);
      }),
    );
}

/** A number or an address is short; whatever writes more means something else. */
const LONGEST = 1000;

/** Somebody may have to type it, and may think better of it. */
async function firstLine({ io: { stdin, signal } }: Context): Promise<string> {
  signal.throwIfAborted();
  const interrupted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const text = stdin === undefined ? '' : await Promise.race([readLine(stdin), interrupted]);
  const [line = ''] = text.split('\n');
  if (line.length > LONGEST)
    throw new SmsfoodError('USAGE', 'Standard input is no phone number and no e-mail address.', 'Write one line.');
  return line;
}

async function readLine(stdin: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.includes('\n') || text.length > LONGEST) break;
  }
  return text;
}
