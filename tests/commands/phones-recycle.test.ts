import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { smsfood } from '../harness/run.js';
import { changesOf, type PhonesWorld, phonesWorld } from './phones-world.js';

const JSON_OUT = ['--format', 'json'];
const RECYCLE = ['recycle', ...JSON_OUT];
const APPLY = [...RECYCLE, '--apply'];
const RELEASE = [...APPLY, '--release-inactive'];

describe.each(['production', 'newer'] as const)('phones recycle on the %s generation', (generation) => {
  let world: PhonesWorld;
  beforeAll(async () => {
    world = await phonesWorld(generation);
  });
  afterAll(() => world.drop());
  beforeEach(() => world.clear());

  const number = (id: string, row: Record<string, unknown>) => world.add('phone_number_inventory', { id, ...row });
  const business = (id: string, row: Record<string, unknown> = {}) => world.add('business_customers', { id, ...row });
  const cooled = (id: string, until: number, row: Record<string, unknown> = {}) =>
    number(id, { status: 'COOLDOWN', releasedAt: world.at(until - 30), cooldownUntil: world.at(until), ...row });

  it('frees what has cooled down by the margin, logs it, and nothing the second time', async () => {
    await cooled('long-over', -20, { previousBusinessId: 'before', assignedAt: world.at(-100) });
    await cooled('just-over', -62 / (24 * 60));
    await cooled('within-margin', -58 / (24 * 60));
    await cooled('cooling', 5);
    await number('free', { status: 'AVAILABLE', cooldownUntil: world.at(-9) });
    const before = await world.contents();

    const dry = changesOf(await world.phones(RECYCLE));
    expect(dry).toMatchObject({ mode: 'dry-run', planned: 2, applied: null, left: [], exitCode: 1 });
    expect(dry.changed).toEqual({ 'just-over': 'AVAILABLE', 'long-over': 'AVAILABLE' });
    expect(await world.contents()).toBe(before);
    expect(await world.rows('SELECT id FROM ops.runs')).toEqual([]);

    const done = changesOf(await world.phones(APPLY));
    expect(done).toMatchObject({ mode: 'apply', planned: 2, applied: 2, businesses: 0, left: [], exitCode: 0 });
    expect(
      await world.rows(
        `SELECT id, status, "currentBusinessId", "previousBusinessId", "cooldownUntil", "releasedAt" IS NOT NULL AS released,
           "updatedAt" BETWEEN (now() AT TIME ZONE 'UTC') - interval '1 minute' AND (clock_timestamp() AT TIME ZONE 'UTC') AS stamped
         FROM phone_number_inventory WHERE id IN ('long-over', 'just-over') ORDER BY id`,
      ),
    ).toEqual(
      ['just-over', 'long-over'].map((id) => ({
        id,
        status: 'AVAILABLE',
        currentBusinessId: null,
        previousBusinessId: id === 'long-over' ? 'before' : null,
        cooldownUntil: null,
        released: true,
        stamped: true,
      })),
    );
    expect(
      await world.rows(
        `SELECT row_id, table_name, before ->> 'status' AS before, after ->> 'status' AS after, run_id FROM ops.change_log ORDER BY row_id`,
      ),
    ).toEqual(
      ['just-over', 'long-over'].map((row_id) => ({
        row_id,
        table_name: 'phone_number_inventory',
        before: 'COOLDOWN',
        after: 'AVAILABLE',
        run_id: done.run.id,
      })),
    );
    expect(await world.rows('SELECT command, status, exit_code, summary FROM ops.runs')).toEqual([
      {
        command: 'phones recycle',
        status: 'done',
        exit_code: 0,
        summary: { planned: 2, applied: 2, businesses: 0, left: 0 },
      },
    ]);

    const after = await world.contents();
    expect(changesOf(await world.phones(APPLY))).toMatchObject({ planned: 0, applied: 0, exitCode: 0 });
    expect(await world.contents()).toBe(after);
    expect(await world.rows('SELECT count(*)::int AS n FROM ops.change_log')).toEqual([{ n: 2 }]);
  });

  it('leaves a cooldown that the rules do not settle, and says what to do', async () => {
    await business('active', { assignedPhoneNumber: '(404) 555-0103' });
    await business('gone', { isActive: false, assignedPhoneNumber: '404-555-0104', providerId: 'line-4' });
    await number('no-end', { status: 'COOLDOWN', releasedAt: world.at(-50) });
    await number('too-short', { status: 'COOLDOWN', releasedAt: world.at(-9), cooldownUntil: world.at(-2) });
    await cooled('claimed', -9, { phoneNumber: '+14045550103' });
    await cooled('claimed-by-left', -9, { phoneNumber: '+14045550104', providerId: 'line-4' });
    await cooled('named', -9, { currentBusinessId: 'active' });
    await cooled('names-nobody', -9, { currentBusinessId: 'vanished' });
    const before = await world.contents();
    const outcome = changesOf(await world.phones(APPLY));
    expect(outcome).toMatchObject({ planned: 0, applied: 0, exitCode: 1 });
    expect(outcome.leftFor).toEqual({
      'no-end': 'endless',
      'too-short': 'too-short',
      claimed: 'in-use',
      'claimed-by-left': 'over-named',
      named: 'in-use',
      'names-nobody': 'orphan',
    });
    expect(outcome.left.every(({ message, next }) => message.length > 20 && next.length > 20)).toBe(true);
    expect(await world.contents()).toBe(before);

    // With the flag, a business that has left holds no number back.
    const second = changesOf(await world.phones(RELEASE));
    expect(second.changed).toEqual({ 'claimed-by-left': 'AVAILABLE' });
    expect(second).toMatchObject({ applied: 1, businesses: 1 });
    expect(
      await world.rows(
        `SELECT "assignedPhoneNumber" AS number, "${world.provider}" AS id FROM business_customers WHERE id = 'gone'`,
      ),
    ).toEqual([{ number: null, id: null }]);
  });

  it('releases the numbers of businesses that have left, in every spelling, with both sides in the ledger', async () => {
    const left = {
      off: { isActive: false },
      canceled: { subscriptionStatus: 'canceled' },
      cancelled: { subscriptionStatus: 'cancelled' },
      loud: { subscriptionStatus: ' CANCELED ' },
    };
    let line = 0;
    for (const [id, row] of Object.entries(left)) {
      const digits = String(200 + line++);
      await business(id, { ...row, assignedPhoneNumber: `404-555-0${digits}`, providerId: `line-${id}` });
      await number(`of-${id}`, {
        status: 'ASSIGNED',
        currentBusinessId: id,
        phoneNumber: `+14045550${digits}`,
        providerId: `line-${id}`,
        assignedAt: world.at(-60),
      });
    }
    for (const id of ['active', 'suspended', 'trial']) {
      await business(id, { subscriptionStatus: id, assignedPhoneNumber: `+1404555${1000 + line++}` });
      await number(`of-${id}`, {
        status: 'ASSIGNED',
        currentBusinessId: id,
        phoneNumber: `+1404555${1000 + line - 1}`,
      });
    }
    const plain = changesOf(await world.phones(RECYCLE));
    expect(plain).toMatchObject({ planned: 0, left: [], releasable: 4, exitCode: 0 });

    const values = () =>
      world.rows(
        `SELECT to_jsonb(n) - 'updatedAt' AS row FROM phone_number_inventory n
         UNION ALL SELECT to_jsonb(b) - 'updatedAt' FROM business_customers b ORDER BY 1`,
      );
    const original = await values();
    const outcome = changesOf(await world.phones(RELEASE));
    expect(outcome).toMatchObject({ planned: 4, applied: 4, businesses: 4, left: [], exitCode: 0, releasable: null });
    expect(
      await world.rows(
        `SELECT n.id, n.status, n."currentBusinessId", n."previousBusinessId", n."cooldownUntil" - n."releasedAt" = interval '30 days' AS exact,
           n."releasedAt" BETWEEN (now() AT TIME ZONE 'UTC') - interval '1 minute' AND (clock_timestamp() AT TIME ZONE 'UTC') AS by_database,
           b."assignedPhoneNumber", b."${world.provider}" AS provider
         FROM phone_number_inventory n JOIN business_customers b ON n.id = 'of-' || b.id WHERE n.status = 'COOLDOWN' ORDER BY n.id`,
      ),
    ).toEqual(
      Object.keys(left)
        .sort()
        .map((id) => ({
          id: `of-${id}`,
          status: 'COOLDOWN',
          currentBusinessId: null,
          previousBusinessId: id,
          exact: true,
          by_database: true,
          assignedPhoneNumber: null,
          provider: null,
        })),
    );
    expect(
      await world.rows(
        `SELECT table_name, count(*)::int AS n, count(DISTINCT row_id)::int AS rows FROM ops.change_log GROUP BY 1 ORDER BY 1`,
      ),
    ).toEqual([
      { table_name: 'business_customers', n: 4, rows: 4 },
      { table_name: 'phone_number_inventory', n: 4, rows: 4 },
    ]);
    // The ledger holds what an undo needs, and no phone number in its reasons.
    expect(
      await world.rows(`SELECT before FROM ops.change_log WHERE row_id = 'loud' AND table_name = 'business_customers'`),
    ).toEqual([{ before: { assignedPhoneNumber: '404-555-0203', [world.provider]: 'line-loud' } }]);
    expect(await world.rows(`SELECT 1 FROM ops.change_log WHERE reason ~ '\\d{3}-?\\d{4}'`)).toEqual([]);
    expect(changesOf(await world.phones(RELEASE))).toMatchObject({ planned: 0, applied: 0, left: [], exitCode: 0 });
    const undone = await smsfood(['undo', outcome.run.id, '--apply'], { env: { DATABASE_URL: world.url } });
    expect(undone.code).toBe(0);
    expect(await values()).toEqual(original);
  });

  it('keeps the other number of a business, and a provider id that is not this number’s', async () => {
    await business('two', { isActive: false, assignedPhoneNumber: '+14045550301', providerId: 'line-2' });
    const of = { status: 'ASSIGNED', currentBusinessId: 'two' };
    await number('first', { ...of, phoneNumber: '+14045550309', providerId: 'line-9' });
    await business('other', { isActive: false, assignedPhoneNumber: '404 555 0302', providerId: 'line-8' });
    await number('hers', { status: 'ASSIGNED', currentBusinessId: 'other', phoneNumber: '+14045550302' });
    await number('elsewhere', { status: 'RETIRED', phoneNumber: '+14045550308', providerId: 'line-8' });
    const outcome = changesOf(await world.phones(RELEASE));
    expect(outcome.changed).toEqual({ first: 'COOLDOWN', hers: 'COOLDOWN' });
    expect(outcome.changes.find(({ id }) => id === 'first')?.why).toMatch(/keeps its own number \+1404•••••01/);
    expect(
      await world.rows(
        `SELECT id, "assignedPhoneNumber" AS number, "${world.provider}" AS id_there FROM business_customers ORDER BY id`,
      ),
    ).toEqual([
      { id: 'other', number: null, id_there: 'line-8' },
      { id: 'two', number: '+14045550301', id_there: 'line-2' },
    ]);
    // Releasing the number that the business knows takes it away.
    await number('second', { ...of, phoneNumber: '+14045550301', providerId: 'line-2' });
    expect(changesOf(await world.phones(RELEASE))).toMatchObject({ applied: 1, businesses: 1 });
    expect(await world.rows(`SELECT "assignedPhoneNumber" AS number FROM business_customers WHERE id = 'two'`)).toEqual(
      [{ number: null }],
    );
  });

  it('leaves assigned numbers whose owner is not settled', async () => {
    await business('gone', { isActive: false, assignedPhoneNumber: '+14045550401' });
    await business('busy', { assignedPhoneNumber: '4045550401' });
    await number('shared', { status: 'ASSIGNED', currentBusinessId: 'gone', phoneNumber: '+14045550401' });
    await number('nobody', { status: 'ASSIGNED' });
    await number('orphan', { status: 'ASSIGNED', currentBusinessId: 'vanished' });
    const before = await world.contents();
    expect(changesOf(await world.phones(APPLY))).toMatchObject({ planned: 0, left: [], exitCode: 0 });
    const outcome = changesOf(await world.phones(RELEASE));
    expect(outcome).toMatchObject({ applied: 0, exitCode: 1 });
    expect(outcome.leftFor).toEqual({ shared: 'in-use', nobody: 'nobody', orphan: 'orphan' });
    expect(await world.contents()).toBe(before);
  });
});
