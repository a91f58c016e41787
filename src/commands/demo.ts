import type { Command } from 'commander';
import type { Context } from '../context.js';
import type { Pool } from '../db/pool.js';
import type { SessionLimits } from '../db/session.js';
import { grouped } from '../words.js';
import { type Host, subcommand } from './command.js';
import { emit } from './emit.js';

const SIZE = { customers: 2_000, orders: 10_000, days: 120, seed: 1 };

export function define(parent: Command, host: Host): void {
  subcommand(parent, 'demo', 'Show what smsfood does: start the sandbox, seed it with damage, run all checks.', [
    ['nothing to set up', 'smsfood demo'],
  ]).action(
    host.run('demo', async (context) => {
      const [
        { config },
        { loadCatalogue },
        { runChecks, VERDICTS_ONLY },
        { checkReport },
        { placeOf },
        { configuredGlobals },
      ] = await Promise.all([
        context.loaded(),
        import('../checks/catalogue.js'),
        import('../checks/run.js'),
        import('../checks/report.js'),
        import('../db/url.js'),
        import('../checks/parameters.js'),
      ]);
      const { cwd, signal } = context.io;
      context.hint('1. Starting the sandbox, a real PostgreSQL on this machine …');
      const database = await context.sandbox();
      const pool = await database.direct();
      await seedOnce(context, pool, database.limits);
      const checks = await loadCatalogue({ directories: [], overrides: {}, cwd });
      context.hint(`3. Running ${checks.length} checks on one snapshot …\n`);
      const run = await runChecks(pool, checks, {
        jobs: config.checks.jobs,
        limits: database.limits,
        ...VERDICTS_ONLY,
        globals: configuredGlobals(config),
        signal,
        onProgress: () => undefined,
      });
      const report = checkReport(run, {
        runId: context.runId,
        database: placeOf(pool.url),
        sandbox: true,
        since: null,
        failOn: 'fail',
        cwd,
        details: false,
      });
      await emit(context, report, { format: 'table' });
      context.io.stdout.write(NEXT);
      return 0;
    }),
  );
}

async function seedOnce(context: Context, pool: Pool, limits: SessionLimits): Promise<void> {
  const [{ countOrders, seedSandbox }, { config }] = await Promise.all([
    import('../sandbox/marketplace.js'),
    context.loaded(),
  ]);
  const work = { limits, signal: context.io.signal };
  if ((await countOrders(pool, work)) > 0) {
    context.hint('2. Using the marketplace that is in the sandbox (`smsfood sandbox seed` makes another) …');
    return;
  }
  context.hint(
    `2. Seeding a marketplace of ${grouped(SIZE.orders)} orders with every kind of damage seen in production …`,
  );
  const size = { ...SIZE, damage: 'every', now: new Date(), timezone: config.timezone } as const;
  await seedSandbox(pool, 'production', size, work, () => undefined);
}

const NEXT = `
In a pipeline this would have been exit code 1. What to try next:
  smsfood check --sandbox customers.total-spent-drift   one finding, with samples and remedy
  smsfood check show orders.platform-fee-missing        the rule, and why it matters
  smsfood check explain --sandbox                       how so many checks need so few scans
  smsfood scorecard --sandbox                           scores, and the fill rate of every column
  smsfood check --sandbox --format junit                for CI; also json, sarif, github, markdown
  smsfood sandbox stop                                  when you are done
In a clone, \`npx smsfood\` stands for \`smsfood\`. With your own database: set DATABASE_URL, then \`smsfood doctor\` and \`smsfood check\`.
`;
