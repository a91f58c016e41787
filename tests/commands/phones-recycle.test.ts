import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { temporaryFolder } from '../harness/folder.js';
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

describe('phones recycle', () => {
  let world: PhonesWorld;
  beforeAll(async () => {
    world = await phonesWorld();
  });
  afterAll(() => world.drop());
  beforeEach(async () => {
    await world.clear();
    await world.add('business_customers', { id: 'gone', isActive: false, assignedPhoneNumber: '+14045550101' });
    await world.add('business_customers', { id: 'new' });
    await world.add('phone_number_inventory', {
      id: 'a',
      status: 'ASSIGNED',
      currentBusinessId: 'gone',
      phoneNumber: '+14045550101',
    });
    await world.add('phone_number_inventory', {
      id: 'c',
      status: 'COOLDOWN',
      releasedAt: world.at(-40),
      cooldownUntil: world.at(-10),
    });
  });

  /** Lets a run make its plan, which only reads, and stops it before it locks its first row. */
  async function betweenPlanAndApply(argv: readonly string[], change: (other: pg.Client) => Promise<unknown>) {
    const other = await world.connect();
    await other.query('BEGIN');
    await other.query('LOCK TABLE phone_number_inventory, business_customers IN EXCLUSIVE MODE');
    const running = world.phones(argv);
    await expect
      .poll(
        async () =>
          (
            await world.rows(
              `SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock' AND application_name LIKE 'smsfood/%'`,
              [world.name],
            )
          ).length,
        { timeout: 10_000 },
      )
      .toBe(1);
    await change(other);
    await other.query('COMMIT');
    return changesOf(await running);
  }

  it('leaves a number alone that is reassigned between plan and apply, and says so', async () => {
    const outcome = await betweenPlanAndApply(RELEASE, (other) =>
      other.query(
        `UPDATE phone_number_inventory SET status = 'ASSIGNED', "currentBusinessId" = 'new', "cooldownUntil" = NULL`,
      ),
    );
    expect(outcome).toMatchObject({ planned: 2, applied: 0, businesses: 0, exitCode: 1 });
    expect(outcome.leftFor).toEqual({ a: 'changed', c: 'changed' });
    expect(outcome.left[0]?.message).toMatch(/it is ASSIGNED now, with business new/);
    expect(await world.rows('SELECT id, "currentBusinessId" AS b FROM phone_number_inventory ORDER BY id')).toEqual([
      { id: 'a', b: 'new' },
      { id: 'c', b: 'new' },
    ]);
    expect(await world.rows(`SELECT "assignedPhoneNumber" AS n FROM business_customers WHERE id = 'gone'`)).toEqual([
      { n: '+14045550101' },
    ]);
    expect(await world.rows('SELECT 1 FROM ops.change_log')).toEqual([]);
  });

  it('leaves the number of a business that comes back between plan and apply, or begins to count it as its own', async () => {
    const outcome = await betweenPlanAndApply(RELEASE, async (other) => {
      await other.query(`UPDATE business_customers SET "isActive" = true WHERE id = 'gone'`);
      await other.query(
        `UPDATE business_customers SET "assignedPhoneNumber" = (SELECT "phoneNumber" FROM phone_number_inventory WHERE id = 'c') WHERE id = 'new'`,
      );
    });
    expect(outcome.leftFor).toEqual({ a: 'changed', c: 'changed' });
    expect(await world.rows('SELECT 1 FROM ops.change_log')).toEqual([]);
  });

  it('leaves rows that another transaction holds, without waiting, and the number with its business', async () => {
    const other = await world.connect();
    await other.query('BEGIN');
    await other.query(`UPDATE business_customers SET "businessName" = 'x' WHERE id = 'gone'`);
    const outcome = changesOf(await world.phones(RELEASE));
    expect(outcome).toMatchObject({ planned: 2, applied: 1, exitCode: 1 });
    expect(outcome.leftFor).toEqual({ a: 'busy' });
    await other.query('ROLLBACK');
    await other.query('BEGIN');
    await other.query(`UPDATE phone_number_inventory SET notes = 'x' WHERE id = 'a'`);
    expect(changesOf(await world.phones(RELEASE)).leftFor).toEqual({ a: 'busy' });
    await other.query('ROLLBACK');
    expect(await world.rows(`SELECT status FROM phone_number_inventory WHERE id = 'a'`)).toEqual([
      { status: 'ASSIGNED' },
    ]);
    expect(changesOf(await world.phones(RELEASE))).toMatchObject({ applied: 1, left: [], exitCode: 0 });
  });

  it('changes a number and its business together or not at all', async () => {
    await world.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
       CREATE TRIGGER refuse BEFORE UPDATE ON business_customers FOR EACH ROW EXECUTE FUNCTION refuse()`,
    );
    try {
      const before = await world.contents();
      const { code, stdout, stderr } = await world.phones(RELEASE);
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr).toMatch(/could not change the numbers.*\[DB_QUERY_FAILED\]/i);
      expect(await world.contents()).toBe(before);
      expect(await world.rows('SELECT 1 FROM ops.change_log')).toEqual([]);
      expect(await world.rows('SELECT status, exit_code FROM ops.runs')).toEqual([{ status: 'errors', exit_code: 3 }]);
    } finally {
      await world.query('DROP TRIGGER refuse ON business_customers; DROP FUNCTION refuse()');
    }
    expect(changesOf(await world.phones(RELEASE))).toMatchObject({ applied: 2, businesses: 1 });
  });

  it('two runs at once never free a number twice', async () => {
    await world.query(
      `SELECT make('phone_number_inventory', jsonb_build_object('id', 'n' || n, 'status', 'COOLDOWN', 'releasedAt', '2026-01-01', 'cooldownUntil', '2026-02-01'))
       FROM generate_series(1, 60) n`,
    );
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => world.phones(RELEASE)));
    for (const { code, stderr } of outcomes)
      if (code !== 0) expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('[LOCKED]') });
    const applied = outcomes.filter(({ code }) => code === 0).map((outcome) => changesOf(outcome).applied ?? 0);
    expect(applied.reduce((sum, n) => sum + n, 0)).toBe(62);
    expect(
      await world.rows(
        `SELECT count(*)::int AS n, count(DISTINCT table_name || row_id)::int AS rows FROM ops.change_log`,
      ),
    ).toEqual([{ n: 63, rows: 63 }]);
  });

  it('refuses more changes than --max-changes, and says so in the dry run', async () => {
    const before = await world.contents();
    const { code, stdout, stderr } = await world.phones([...RELEASE, '--max-changes', '1']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/2 rows of phone_number_inventory would change, more than the 1 .*\[TOO_MANY_CHANGES\]/);
    expect(await world.contents()).toBe(before);
    expect(changesOf(await world.phones([...RECYCLE, '--release-inactive', '--max-changes', '1']))).toMatchObject({
      tooMany: 1,
      planned: 2,
      exitCode: 1,
    });
    expect(changesOf(await world.phones([...RELEASE, '--max-changes', '1', '--force'])).applied).toBe(2);
  });

  it('reads no clock but the database’s', () => {
    const folder = join(packageRoot(), 'src', 'phones');
    const files = readdirSync(folder);
    expect(files).toContain('apply.ts');
    for (const file of files) expect(readFileSync(join(folder, file), 'utf8')).not.toMatch(/\bDate\b|performance/);
  });

  it('takes the margin from the configuration', async () => {
    const config = join(temporaryFolder({ 'c.json': JSON.stringify({ phones: { margin: '11d' } }) }), 'c.json');
    expect(changesOf(await world.phones([...RECYCLE, '--config', config]))).toMatchObject({ planned: 0, left: [] });
  });

  it('shows no phone number unless asked to, in any format', async () => {
    for (const format of ['table', 'json', 'csv', 'markdown']) {
      const { stdout } = await world.phones(['recycle', '--release-inactive', '--format', format]);
      expect(stdout).toContain('+1404•••••01');
      expect(stdout).not.toContain('4045550101');
      const revealed = await world.phones(['recycle', '--release-inactive', '--format', format, '--reveal']);
      expect(revealed.stdout).toContain('+14045550101');
    }
  });

  it('says in sentences what it left, and what to do', async () => {
    await world.add('phone_number_inventory', { id: 'cmjz8x0qn0001l5041x2y3z4a', status: 'COOLDOWN' });
    const { stdout } = await world.phones(['recycle', '--release-inactive']);
    expect(stdout).toMatch(
      /^2 numbers would change\. Nothing was changed: add --apply\. 1 number left as they are\.$/m,
    );
    expect(stdout).toMatch(
      /^Left as they are\ncmjz8x0qn0001l5041x2y3z4a \(\+1470•••••\d\d\)\n {2}It cools down without an end/m,
    );
  });

  it('needs ops and the right to write for --apply alone', async () => {
    await world.query(
      `DO $$ BEGIN CREATE ROLE phones_reader LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       GRANT USAGE ON SCHEMA public TO phones_reader; GRANT SELECT ON ALL TABLES IN SCHEMA public TO phones_reader;
       GRANT USAGE ON SCHEMA ops TO phones_reader; GRANT SELECT ON ALL TABLES IN SCHEMA ops TO phones_reader`,
    );
    const reader = { DATABASE_URL: world.urlFor('phones_reader', 'secret') };
    const before = await world.contents();
    expect(changesOf(await world.phones([...RECYCLE, '--release-inactive'], reader)).planned).toBe(2);
    const refused = await world.phones(RELEASE, reader);
    expect(refused).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[DB_PERMISSION]') });
    await world.query('DROP OWNED BY phones_reader');
    await world.query('ALTER SCHEMA ops RENAME TO elsewhere');
    try {
      expect(changesOf(await world.phones(RECYCLE)).planned).toBe(1);
      const absent = await world.phones(APPLY);
      expect(absent).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('[OPS_NOT_INSTALLED]') });
      expect(absent.stderr).toContain('smsfood db install');
    } finally {
      await world.query('ALTER SCHEMA elsewhere RENAME TO ops');
    }
    expect(await world.contents()).toBe(before);
  });

  it.each([[['--max-changes', '-1']], [['--max-changes', 'all']], [['--format', 'junit']], [['extra']]])(
    'refuses %j',
    async (args) => {
      const { code, stdout, stderr } = await world.phones(['recycle', ...args]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^error: /);
    },
  );
});
