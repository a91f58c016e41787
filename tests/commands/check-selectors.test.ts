import { expect, it } from 'vitest';
import { loadCatalogue } from '../../src/checks/catalogue.js';
import { levelOf } from '../../src/checks/check.js';
import { smsfood } from '../harness/run.js';

/** Nothing listens there: whoever connects gets exit code 3. */
const UNREACHABLE = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' };
const catalogue = await loadCatalogue({ directories: [], overrides: {}, cwd: '.' });
const ids = (wanted: (check: (typeof catalogue)[number]) => boolean) => catalogue.filter(wanted).map(({ id }) => id);

async function selected(args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await smsfood(['check', 'list', ...args, '--format', 'json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { checks }: { checks: { id: string }[] } = JSON.parse(stdout);
  return checks.map(({ id }) => id);
}

it.each<[string[], string[]]>([
  [[], ids(() => true)],
  [['orders.stale-pending'], ['orders.stale-pending']],
  [['orders.stale-pending', 'orders.stale-pending'], ['orders.stale-pending']],
  [['sms', 'orders.stale-pending'], ids(({ id }) => id.startsWith('sms.') || id === 'orders.stale-pending')],
  [['orders.stale-*'], ['orders.stale-confirmed', 'orders.stale-in-progress', 'orders.stale-pending']],
  [['*.freshness'], ['orders.freshness', 'sms.freshness']],
  [['*.phone-not-e16?'], ['businesses.phone-not-e164', 'customers.phone-not-e164']],
  [['*'], ids(() => true)],
  [['--dimension', 'anomaly'], ids(({ dimension }) => dimension === 'anomaly')],
  [
    ['--dimension', 'anomaly', '--dimension', 'schema'],
    ids(({ dimension }) => dimension === 'anomaly' || dimension === 'schema'),
  ],
  [['--level', 'warn'], ids((check) => levelOf(check) === 'warn')],
  [['--owner', 'finance'], ids(({ owner }) => owner === 'finance')],
  [
    ['orders', '--owner', 'finance', '--level', 'fail', '--dimension', 'consistency'],
    ids(
      (check) =>
        check.domain === 'orders' &&
        check.owner === 'finance' &&
        levelOf(check) === 'fail' &&
        check.dimension === 'consistency',
    ),
  ],
])('%j', async (args, expected) => {
  expect(expected.length).toBeGreaterThan(0);
  expect(await selected(args)).toEqual(expected);
});

it.each<[string[], RegExp]>([
  [
    ['orders.stale-pendin'],
    /No check or domain is called "orders\.stale-pendin"\. \[NOTHING_SELECTED\]\n {2}Did you mean "orders\.stale-pending"\?/,
  ],
  [['order'], /Did you mean "orders"\?/],
  [['orders', 'nothing-like-it'], /No check or domain is called "nothing-like-it"/],
  [['*.nothing-*'], /No check or domain is called "\*\.nothing-\*"/],
  [['orders.stale[ab]'], /No check or domain/],
  [['--owner', 'finanse'], /No check is owned by "finanse".*\n {2}Did you mean "finance"\?/],
  [['phones', '--dimension', 'anomaly'], /No check satisfies all selectors together/],
  [['--dimension', 'validty'], /"validty" is not one of completeness, validity/],
  [['--level', 'error'], /"error" is not one of fail, warn/],
  [['--jobs', '0'], /--jobs/],
  [['--jobs', 'two'], /--jobs/],
  [['--sample', '-1'], /--sample/],
  [['--timeout', '30'], /--timeout: "30" is no duration/],
  [['--timeout', '0s'], /--timeout/],
  [['--fail-on', 'error'], /--fail-on/],
  [['--format', 'yaml'], /--format|format/],
  [['--dimensions', 'validity'], /unknown option '--dimensions'[\s\S]*--dimension/],
  [['--as-of', 'now'], /--as-of/],
])('%j is refused before anything is sent to the database', async (args, message) => {
  const { code, stdout, stderr } = await smsfood(['check', ...args], { env: UNREACHABLE });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
});

it('a selection that is right does reach for the database', async () => {
  const { code, stderr } = await smsfood(['check', 'orders.stale-pending'], { env: UNREACHABLE });
  expect(code).toBe(3);
  expect(stderr).toMatch(/Nothing answers at 127\.0\.0\.1:1/);
});
