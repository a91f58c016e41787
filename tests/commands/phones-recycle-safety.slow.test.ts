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

  it('counts the businesses that would lose their number, too', async () => {
    await world.query(`DELETE FROM phone_number_inventory WHERE id = 'c'`);
    await world.add('business_customers', { id: 'gone too', isActive: false, assignedPhoneNumber: '404-555-0101' });
    const before = await world.contents();
    const { code, stderr } = await world.phones([...RELEASE, '--max-changes', '1']);
    expect(code).toBe(3);
    expect(stderr).toMatch(/2 rows of business_customers would change, more than the 1 .*\[TOO_MANY_CHANGES\]/);
    expect(await world.contents()).toBe(before);
    const dry = [...RECYCLE, '--release-inactive', '--max-changes'];
    expect(changesOf(await world.phones([...dry, '1']))).toMatchObject({ planned: 1, tooMany: 1 });
    expect(changesOf(await world.phones([...dry, '2']))).toMatchObject({ planned: 1, tooMany: null });
    expect(changesOf(await world.phones([...RELEASE, '--max-changes', '2']))).toMatchObject({
      applied: 1,
      businesses: 2,
    });
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
    expect(stdout).toMatch(/^2 numbers would change\. Nothing was changed: add --apply\. 1 number left as it is\.$/m);
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
