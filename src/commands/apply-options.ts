import type { Command } from 'commander';
import * as z from 'zod';

/** For commands that change rows of the platform: a dry run unless `--apply`, and never more than looks right. */
export const ApplySchema = z.object({
  apply: z.boolean().default(false),
  maxChanges: z.coerce.number().pipe(z.int().min(0)).optional(),
  force: z.boolean().default(false),
});

export function withApply(command: Command): Command {
  return command
    .option('--apply', 'really change the rows; without it nothing is changed')
    .option('--max-changes <n>', 'refuse to change more rows than this (default: 20% of the table, at least 100)')
    .option('--force', 'change any number of rows');
}
