import { type Command, Option } from 'commander';
import * as z from 'zod';
import type { CatalogueEntry } from '../checks/catalogue.js';
import { DIMENSIONS, LEVELS } from '../checks/check.js';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import { suggestion } from '../nearest.js';
import { withChoices } from './command.js';

/** Which checks: the same for `check`, `check list` and `check explain`. */
export function withSelectors(command: Command): Command {
  return command
    .argument(
      '[checks...]',
      'ids, domains or globs, such as orders.stale-pending, phones or "*.phone-*"; all when none is given',
    )
    .addOption(repeatable('--dimension', 'name', 'only checks of this dimension', DIMENSIONS))
    .addOption(repeatable('--level', 'level', 'only checks of this level', LEVELS))
    .option('--owner <name>', 'only checks of this owner (repeatable)', collect())
    .option('--checks <dir>', 'also read the checks of this folder, <domain>/<slug>.sql (repeatable)', collect())
    .option('--param <check.name=value>', 'give a parameter of a check another value (repeatable)', collect());
}

/** An option of named values that may be given several times. */
export function repeatable(flag: string, value: string, description: string, choices: readonly string[]): Option {
  const option = new Option(`${flag} <${value}>`, `${description} (repeatable)`);
  return withChoices(option.argParser(collect(flag, choices)), choices);
}

/** For options that may be given several times. Throws USAGE for a value that is not one of `valid`. */
export function collect(
  flag?: string,
  valid?: readonly string[],
): (value: string, previous: string[] | undefined) => string[] {
  return (value, previous) => {
    if (valid !== undefined && !valid.includes(value)) {
      throw new SmsfoodError(
        'USAGE',
        `${flag}: "${value}" is not one of ${valid.join(', ')}.`,
        suggestion(value, valid),
      );
    }
    return [...(previous ?? []), value];
  };
}

export const SelectorSchema = z.object({
  dimension: z.array(z.enum(DIMENSIONS)).default([]),
  level: z.array(z.enum(LEVELS)).default([]),
  owner: z.array(z.string()).default([]),
  checks: z.array(z.string()).default([]),
  param: z.array(z.string()).default([]),
});

/** The selected checks, with the configuration's overrides and `--param` applied. */
export async function selectedChecks(
  context: Context,
  args: readonly string[],
  selectors: z.infer<typeof SelectorSchema>,
): Promise<CatalogueEntry[]> {
  const [{ applyParameters, loadCatalogue }, { selectChecks }, { config }] = await Promise.all([
    import('../checks/catalogue.js'),
    import('../checks/select.js'),
    context.loaded(),
  ]);
  const { directories, overrides } = config.checks;
  const checks = await loadCatalogue({
    directories: [...directories, ...selectors.checks],
    overrides,
    cwd: context.io.cwd,
    patterns: args,
  });
  return selectChecks(applyParameters(checks, selectors.param), {
    dimensions: selectors.dimension,
    levels: selectors.level,
    owners: selectors.owner,
  });
}
