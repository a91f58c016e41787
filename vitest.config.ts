import { defineConfig } from 'vitest/config';
import { LongestFirst } from './tests/harness/longest-first.js';

/** Real processes, signals, outages, long loads: beside the other tests of their feature, run by `npm run test:slow`. */
export const SLOW = 'tests/**/*.slow.test.ts';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: [SLOW],
    globalSetup: 'tests/harness/global-setup.ts',
    // The parts of the suite that read the clock of the process must not depend on its zone.
    env: { TZ: process.env.TZ ?? 'America/New_York' },
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests of real processes, signals and outages wait for each other on two cores: CI tries one that failed again, and says so.
    retry: process.env.CI === undefined ? 0 : 2,
    reporters: ['default', './tests/harness/summary-reporter.ts'],
  },
});
