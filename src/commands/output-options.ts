import { type Command, Option } from 'commander';
import * as z from 'zod';
import { FORMATS, REPORT_FORMATS } from '../output/index.js';

/** For commands whose result can be rendered; `emit` takes it. */
export const OutputSchema = z.object({ format: z.enum(FORMATS), output: z.string().optional() });
export type OutputOptions = z.infer<typeof OutputSchema>;

/** `formats` are all of them for a command that judges something. */
export function withOutput(command: Command, formats: readonly string[] = REPORT_FORMATS): Command {
  return command
    .addOption(new Option('-f, --format <format>', 'how to print the result').choices(formats).default('table'))
    .option('-o, --output <file>', 'write the result to a file, whole or not at all');
}
