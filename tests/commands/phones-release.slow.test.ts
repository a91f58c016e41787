import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changesOf, type PhonesWorld, phonesWorld } from './phones-world.js';

const release = (number: string, ...args: string[]) => ['release', number, '--format', 'json', ...args];

describe.each(['production', 'newer'] as const)('phones release on the %s generation', (generation) => {
  let world: PhonesWorld;
  beforeAll(async () => {
    world = await phonesWorld(generation);
  });
  afterAll(() => world.drop());
  beforeEach(async () => {
    await world.clear();
    await world.add('business_customers', {
      id: 'gone',
      subscriptionStatus: 'canceled',
      assignedPhoneNumber: '(404) 555-0101',
      providerId: 'line-1',
    });
    await world.add('business_customers', {
      id: 'active',
      businessName: 'Jollof & Co',
      assignedPhoneNumber: '+14045550102',
    });
    const numbers = {
      left: { phoneNumber: '+14045550101', status: 'ASSIGNED', currentBusinessId: 'gone', providerId: 'line-1' },
      used: { phoneNumber: '+14045550102', status: 'ASSIGNED', currentBusinessId: 'active' },
      orphan: { phoneNumber: '+14045550103', status: 'ASSIGNED', currentBusinessId: 'vanished' },
      held: { phoneNumber: '+14045550104', status: 'RESERVED' },
      free: { phoneNumber: '+14045550105', status: 'AVAILABLE' },
      cooling: { phoneNumber: '+14045550106', status: 'COOLDOWN', cooldownUntil: world.at(9) },
      retired: { phoneNumber: '+14045550107', status: 'RETIRED' },
      far: { phoneNumber: '+524045550109', status: 'ASSIGNED' },
      written: { phoneNumber: '+14045550108', status: 'RETIRED' },
      typed: { phoneNumber: '404-555-0108', status: 'ASSIGNED' },
      mexican: { phoneNumber: '+524045550101', status: 'ASSIGNED' },
    };
    for (const [id, row] of Object.entries(numbers)) await world.add('phone_number_inventory', { id, ...row });
  });

  const statusOf = async (id: string) =>
    (
      await world.rows(
        `SELECT status, "currentBusinessId" AS current, "previousBusinessId" AS previous,
           "cooldownUntil" - "releasedAt" = interval '30 days' AS exact,
           "releasedAt" BETWEEN (now() AT TIME ZONE 'UTC') - interval '1 minute' AND (clock_timestamp() AT TIME ZONE 'UTC') AS now
         FROM phone_number_inventory WHERE id = $1`,
        [id],
      )
    )[0];

  it.each([['+14045550101'], ['left']])('releases %s as recycle would, once', async (number) => {
    const before = await world.contents();
    expect(changesOf(await world.phones(release(number)))).toMatchObject({
      mode: 'dry-run',
      planned: 1,
      applied: null,
      changed: { left: 'COOLDOWN' },
      exitCode: 0,
    });
    expect(await world.contents()).toBe(before);
    const done = changesOf(await world.phones(release(number, '--apply')));
    expect(done).toMatchObject({ applied: 1, businesses: 1, left: [], exitCode: 0 });
    expect(await statusOf('left')).toEqual({
      status: 'COOLDOWN',
      current: null,
      previous: 'gone',
      exact: true,
      now: true,
    });
    expect(
      await world.rows(
        `SELECT "assignedPhoneNumber" AS number, "${world.provider}" AS id FROM business_customers WHERE id = 'gone'`,
      ),
    ).toEqual([{ number: null, id: null }]);
    expect(await world.rows('SELECT table_name, row_id, run_id FROM ops.change_log ORDER BY table_name')).toEqual([
      { table_name: 'business_customers', row_id: 'gone', run_id: done.run.id },
      { table_name: 'phone_number_inventory', row_id: 'left', run_id: done.run.id },
    ]);
    // Recorded by id: arguments hold no personal data.
    expect(await world.rows('SELECT command, arguments, status FROM ops.runs')).toEqual([
      { command: 'phones release', arguments: { number: 'left', force: false }, status: 'done' },
    ]);
    const again = await world.phones(release(number, '--apply'));
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(again.stderr).toMatch(/left is COOLDOWN: only a number that is ASSIGNED or RESERVED/);
    expect(await world.rows('SELECT count(*)::int AS n FROM ops.change_log')).toEqual([{ n: 2 }]);
  });

  it.each([
    ['404-555-0108', 'typed'],
    ['(404) 555.0104', 'held'],
    ['14045550104', 'held'],
    ['+1-404-555-0103', 'orphan'],
    ['+52 404 555 0101', 'mexican'],
    ['4045550101', 'left'],
    ['0052 404 555 0109', 'far'],
  ])('finds %s', async (text, id) => {
    expect(changesOf(await world.phones(release(text))).changed).toEqual({ [id]: 'COOLDOWN' });
  });

  it('releases a reserved number, and one of a business that does not exist', async () => {
    for (const id of ['held', 'orphan']) expect(changesOf(await world.phones(release(id, '--apply'))).applied).toBe(1);
    expect(await statusOf('held')).toMatchObject({ status: 'COOLDOWN', previous: null, exact: true });
    expect(await statusOf('orphan')).toMatchObject({ status: 'COOLDOWN', previous: 'vanished', exact: true });
  });

  it('takes a number from a business that has not left only with --force, and says whose it is', async () => {
    const before = await world.contents();
    for (const args of [[], ['--apply']]) {
      const { code, stdout, stderr } = await world.phones(release('404-555-0102', ...args));
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/in use by active \(Jollof & Co\)/);
      expect(stderr).toContain('--force');
      expect(stderr).not.toContain('5550102');
    }
    expect(await world.contents()).toBe(before);
    expect(changesOf(await world.phones(release('used', '--apply', '--force')))).toMatchObject({
      applied: 1,
      businesses: 1,
    });
    expect(await statusOf('used')).toMatchObject({ status: 'COOLDOWN', previous: 'active' });
    expect(
      await world.rows(`SELECT "assignedPhoneNumber" AS number FROM business_customers WHERE id = 'active'`),
    ).toEqual([{ number: null }]);
  });

  it('counts the business that has the number as its own, whoever the inventory names', async () => {
    await world.query(`UPDATE business_customers SET "assignedPhoneNumber" = '4045550101' WHERE id = 'active'`);
    expect((await world.phones(release('left'))).stderr).toMatch(/in use by active/);
    // By force: the business that the inventory names loses it, the other one was not asked about.
    expect(changesOf(await world.phones(release('left', '--apply', '--force')))).toMatchObject({
      applied: 1,
      businesses: 1,
    });
    expect(await world.rows('SELECT id, "assignedPhoneNumber" AS number FROM business_customers ORDER BY id')).toEqual([
      { id: 'active', number: '4045550101' },
      { id: 'gone', number: null },
    ]);
  });

  it.each([
    ['+14045559999', 'NOT_FOUND', /has no number/],
    ['+44 404 555 0104', 'NOT_FOUND', /has no number/],
    ['nobody', 'NOT_FOUND', /has no number "nobody"/],
    ['555-0101', 'USAGE', /fewer than ten digits/],
    ["'; DROP TABLE orders; --", 'NOT_FOUND', /has no number/],
    ['4045550108', 'USAGE', /Several numbers .*: typed, written\./],
    ['free', 'USAGE', /is AVAILABLE: only a number that is ASSIGNED or RESERVED/],
    ['cooling', 'USAGE', /is COOLDOWN/],
    ['retired', 'USAGE', /is RETIRED/],
  ])('refuses %s (%s)', async (text, code, message) => {
    const before = await world.contents();
    for (const args of [[], ['--apply']]) {
      const outcome = await world.phones(['release', text, ...args]);
      expect(outcome).toMatchObject({ code: 2, stdout: '' });
      expect(outcome.stderr).toMatch(message);
      expect(outcome.stderr).toContain(`[${code}]`);
      expect(outcome.stderr).not.toMatch(/404[ -]?555/); // a number that somebody typed is not repeated
    }
    expect(await world.contents()).toBe(before);
    expect(await world.rows('SELECT 1 FROM ops.runs')).toEqual([]);
  });

  it('leaves a number that another transaction holds', async () => {
    const other = await world.connect();
    await other.query('BEGIN');
    await other.query(`UPDATE business_customers SET "businessName" = 'x' WHERE id = 'gone'`);
    expect(changesOf(await world.phones(release('left', '--apply')))).toMatchObject({
      applied: 0,
      leftFor: { left: 'busy' },
      exitCode: 1,
    });
    await other.query('ROLLBACK');
    expect(changesOf(await world.phones(release('left', '--apply')))).toMatchObject({ applied: 1, exitCode: 0 });
  });

  it('wants one number', async () => {
    for (const args of [[], ['left', 'used']])
      expect(await world.phones(['release', ...args])).toMatchObject({ code: 2, stdout: '' });
  });
});
