import type { Command } from 'commander';
import { grouped } from '../words.js';
import type { Host } from './command.js';
import { subcommand } from './command.js';
import { emit } from './emit.js';

const SIZE = { customers: 2_000, orders: 10_000, days: 120, seed: 1 };

export function define(parent: Command, host: Host): void {
  subcommand(parent, 'demo', 'Show what smsfood does: start the sandbox, seed it with damage, run all checks.', [
    ['nothing to set up', 'smsfood demo'],
  ]).action(
    host.run('demo', async (context) => {
      const [
        { countOrders, seedSandbox },
        { config },
        { loadCatalogue },
        { runChecks, VERDICTS_ONLY },
        { checkReport },
        { placeOf },
        { configuredGlobals },
      ] = await Promise.all([
        import('../sandbox/marketplace.js'),
        context.loaded(),
        import('../checks/catalogue.js'),
        import('../checks/run.js'),
        import('../checks/report.js'),
        import('../db/url.js'),
        import('../checks/parameters.js'),
      ]);
      const { signal, cwd } = context.io;
      context.hint('1. Starting the sandbox, a real PostgreSQL on this machine …');
      const database = await context.sandbox();
      const pool = await database.direct();
      const work = { limits: database.limits, signal };
      if ((await countOrders(pool, work)) === 0) {
        context.hint(
          `2. Seeding a marketplace of ${grouped(SIZE.orders)} orders with every kind of damage seen in production …`,
        );
        await seedSandbox(
          pool,
          'production',
          { ...SIZE, damage: 'every', now: new Date(), timezone: config.timezone },
          work,
          () => undefined,
        );
      } else context.hint('2. Using the marketplace that is in the sandbox (`smsfood sandbox seed` makes another) …');
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
