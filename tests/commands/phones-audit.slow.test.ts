import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { packageRoot } from '../../src/package-root.js';
import { judge } from '../checks/judge.js';
import { temporaryFolder } from '../harness/folder.js';
import { smsfood } from '../harness/run.js';
import { changesOf, type PhonesWorld, phonesWorld } from './phones-world.js';

const rule = z.looseObject({ id: z.string(), verdict: z.string() });
const OneSchema = z.looseObject({
  ledger: z.string(),
  periods: z.array(z.record(z.string(), z.unknown())),
  changes: z.array(z.record(z.string(), z.unknown())),
  rules: z.array(rule),
  exitCode: z.number(),
});
const AllSchema = z.looseObject({
  numbers: z.array(z.looseObject({ id: z.string(), violated: z.array(z.string()) })),
  rules: z.array(rule),
  exitCode: z.number(),
});

const CHECKS = readdirSync(join(packageRoot(), 'checks', 'phones')).map(
  (name) => `phones.${name.replace(/\.sql$/, '')}`,
);

describe.each(['production', 'newer'] as const)('phones audit on the %s generation', (generation) => {
  let world: PhonesWorld;
  beforeAll(async () => {
    world = await phonesWorld(generation);
  });
  afterAll(() => world.drop());
  beforeEach(() => world.clear());

  const number = (id: string, row: Record<string, unknown>) => world.add('phone_number_inventory', { id, ...row });
  async function audit(id: string, ...args: string[]) {
    const { code, stdout } = await world.phones(['audit', id, '--format', 'json', ...args]);
    const document = OneSchema.parse(JSON.parse(stdout));
    expect(document.exitCode).toBe(code);
    const verdicts = Object.fromEntries(document.rules.map(({ id: check, verdict }) => [check, verdict]));
    return { ...document, verdicts, violated: Object.keys(verdicts).filter((check) => verdicts[check] !== 'pass') };
  }

  it('judges every rule for one number and for all, as `check` counts them', async () => {
    await world.query(
      `SELECT make('business_customers', '{"id": "b1", "isActive": false}');
       SELECT make('phone_number_inventory', '{"id": "x", "status": "ASSIGNED", "currentBusinessId": "b1", "areaCode": "999"}');
       SELECT make('phone_number_inventory', '{"id": "y", "status": "ASSIGNED", "currentBusinessId": "b1"}');
       SELECT make('phone_number_inventory', '{"id": "z", "status": "COOLDOWN", "currentBusinessId": "none", "phoneNumber": "404-555-0111"}');
       SELECT make('phone_number_inventory', '{"id": "w", "status": "RESERVED", "cooldownUntil": "2999-01-01", "releasedAt": "2998-12-31", "updatedAt": "2026-01-01"}');
       SELECT make('phone_number_inventory', '{"id": "v", "status": "ASSIGNED"}');
       SELECT make('phone_number_inventory', '{"id": "u", "status": "COOLDOWN", "cooldownUntil": "2026-01-01"}');
       SELECT make('phone_number_inventory', '{"id": "fine", "status": "AVAILABLE"}')`,
    );
    const all = await world.phones(['audit', '--format', 'json']);
    expect(all.code).toBe(1);
    const { numbers, rules } = AllSchema.parse(JSON.parse(all.stdout));
    expect(rules.map(({ id }) => id)).toEqual(CHECKS.sort());
    const judged = await judge(world, ['phones'], { clock: null });
    for (const check of CHECKS) {
      const found = numbers.filter(({ violated }) => violated.includes(check)).length;
      expect([check, found]).toEqual([check, judged.byId.get(check)?.violations]);
      expect([check, found > 0]).toEqual([check, true]);
    }
    expect(numbers.map(({ id }) => id)).not.toContain('fine');
    for (const { id, violated } of numbers) expect([id, (await audit(id)).violated]).toEqual([id, violated]);
    const { verdicts, exitCode } = await audit('fine');
    expect(Object.keys(verdicts)).toEqual(CHECKS);
    expect(new Set(Object.values(verdicts))).toEqual(new Set(['pass']));
    expect(exitCode).toBe(0);
    expect((await audit('u')).exitCode).toBe(0); // a rule of level warn alone
  });

  it('says who had a number when, as far as its row tells', async () => {
    await world.add('business_customers', { id: 'b1', businessName: 'Grill', assignedPhoneNumber: '+14045550101' });
    const at = (days: number) => `${world.at(days)}Z`;
    await number('now', {
      phoneNumber: '+14045550101',
      status: 'ASSIGNED',
      currentBusinessId: 'b1',
      previousBusinessId: 'b0',
      releasedAt: world.at(-60),
      assignedAt: world.at(-20),
    });
    expect(await audit('404 555 0101')).toMatchObject({
      ledger: 'read',
      changes: [],
      periods: [
        { businessId: 'b0', businessName: null, from: null, until: at(-60), isCurrent: false, source: 'row' },
        { businessId: 'b1', businessName: 'Grill', from: at(-20), until: null, isCurrent: true, source: 'row' },
      ],
    });
    await number('cooling', {
      status: 'COOLDOWN',
      previousBusinessId: 'b1',
      assignedAt: world.at(-90),
      releasedAt: world.at(-3),
      cooldownUntil: world.at(27),
    });
    expect((await audit('cooling')).periods).toMatchObject([{ businessId: 'b1', from: at(-90), until: at(-3) }]);
    await number('fresh', { status: 'AVAILABLE' });
    expect((await audit('fresh')).periods).toEqual([]);
    await number('lost', { status: 'ASSIGNED' });
    expect((await audit('lost')).periods).toMatchObject([{ businessId: null, from: null, isCurrent: true }]);
    expect((await world.phones(['audit', 'lost'])).stdout).toMatch(/unknown .*unknown .*now/);
  });

  it('knows more from the ledger, and forgets what was undone', async () => {
    await world.add('business_customers', { id: 'b1', isActive: false, businessName: 'Grill' });
    await number('a', { status: 'ASSIGNED', currentBusinessId: 'b1', assignedAt: world.at(-70) });
    const released = changesOf(await world.phones(['release', 'a', '--apply', '--format', 'json']));
    const [row] = await world.rows(
      `SELECT to_char("releasedAt", 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at FROM phone_number_inventory`,
    );
    // Later it goes to another business, and the row forgets the first.
    await world.query(
      `UPDATE phone_number_inventory SET status = 'ASSIGNED', "currentBusinessId" = 'b3', "previousBusinessId" = 'b2',
         "releasedAt" = "releasedAt" + interval '1 day', "assignedAt" = "releasedAt" + interval '2 days', "cooldownUntil" = NULL`,
    );
    const known = await audit('a');
    expect(known.changes).toMatchObject([
      { run: released.run.id, command: 'phones release', from: 'ASSIGNED', to: 'COOLDOWN', isUndone: false },
    ]);
    expect(known.periods).toMatchObject([
      { businessId: 'b1', businessName: 'Grill', from: `${world.at(-70)}Z`, until: row?.at, source: 'ledger' },
      { businessId: 'b2', from: null, source: 'row' },
      { businessId: 'b3', isCurrent: true, source: 'row' },
    ]);
    await world.query(`UPDATE ops.change_log SET undone_by = $1`, [released.run.id]);
    const undone = await audit('a');
    expect(undone.changes).toMatchObject([{ isUndone: true }]);
    expect(undone.periods.map(({ businessId }) => businessId)).toEqual(['b2', 'b3']);
  });

  it('tells a release once, where row and ledger both know it', async () => {
    await world.add('business_customers', { id: 'b1', isActive: false });
    await number('a', { status: 'ASSIGNED', currentBusinessId: 'b1', assignedAt: world.at(-70) });
    await number('r', { status: 'RESERVED' });
    for (const id of ['a', 'r']) expect((await world.phones(['release', id, '--apply'])).code).toBe(0);
    expect((await audit('a')).periods).toMatchObject([{ businessId: 'b1', source: 'ledger' }]);
    expect((await audit('r')).periods).toEqual([]);
  });

  it('reads without ops, and with a role that may not read it', async () => {
    await number('a', { status: 'AVAILABLE' });
    await world.query(
      `DO $$ BEGIN CREATE ROLE phones_auditor LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       GRANT USAGE ON SCHEMA public TO phones_auditor; GRANT SELECT ON ALL TABLES IN SCHEMA public TO phones_auditor`,
    );
    const env = { DATABASE_URL: world.urlFor('phones_auditor', 'secret') };
    const closed = await world.phones(['audit', 'a', '--format', 'json'], env);
    expect(OneSchema.parse(JSON.parse(closed.stdout))).toMatchObject({ ledger: 'closed', exitCode: 0 });
    await world.query('DROP OWNED BY phones_auditor; ALTER SCHEMA ops RENAME TO elsewhere');
    try {
      expect(await audit('a')).toMatchObject({ ledger: 'absent', exitCode: 0 });
      expect((await world.phones(['audit', 'a'])).stdout).toMatch(/There is no ledger/);
    } finally {
      await world.query('ALTER SCHEMA elsewhere RENAME TO ops');
    }
  });

  it('takes rules from the configuration, and says which could not be judged', async () => {
    await number('a', { status: 'ASSIGNED' });
    const folder = temporaryFolder({
      'own/phones/broken.sql': `--! title: Broken\n--! dimension: validity\n--! level: fail\n--! entity: phone_number_inventory\nSELECT id FROM phone_number_inventory WHERE "areaCode"::int / 0 > 1\n`,
      'c.json': JSON.stringify({
        checks: {
          directories: ['own'],
          overrides: {
            'phones.assigned-without-business': { enabled: false },
            'phones.cooldown-missing': { fail: '> 50%' },
          },
        },
      }),
    });
    const run = (...args: string[]) =>
      smsfood(['phones', 'audit', ...args, '--config', 'c.json', '--format', 'json'], {
        env: { DATABASE_URL: world.url },
        cwd: folder,
      });
    const { code, stdout } = await run('a');
    const verdicts = Object.fromEntries(
      OneSchema.parse(JSON.parse(stdout)).rules.map(({ id, verdict }) => [id, verdict]),
    );
    expect(code).toBe(3);
    expect(verdicts).toMatchObject({ 'phones.broken': 'error', 'phones.assigned-without-business': 'skipped' });
    // A threshold of a check is about all numbers, and not about one.
    await number('b', { status: 'COOLDOWN' });
    const second = await run('b');
    expect(second.code).toBe(1);
    expect(second.stdout).toMatch(/"phones\.cooldown-missing",\s+"title": .*\s+"verdict": "fail"/);
  });

  it('masks numbers in every format, and reads at 80 columns', async () => {
    await number('cmjz8x0qn0001l5041x2y3z4a', { phoneNumber: '+14045550199', status: 'ASSIGNED' });
    for (const args of [['audit'], ['audit', '+14045550199']]) {
      for (const format of ['table', 'json', 'csv', 'markdown']) {
        const { code, stdout } = await world.phones([...args, '--format', format]);
        expect(code).toBe(1);
        expect(stdout).not.toContain('5550199');
        if (format !== 'csv' || args.length === 1) expect(stdout).toContain('•••••99');
      }
    }
    expect((await world.phones(['audit', '--reveal'])).stdout).toContain('+14045550199');
  });

  it.each([
    ['+14045559999', 'NOT_FOUND'],
    ['12', 'USAGE'],
  ])('refuses %s', async (text, code) => {
    const outcome = await world.phones(['audit', text]);
    expect(outcome).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`[${code}]`) });
  });
});
