import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type PhonesWorld, phonesWorld } from './phones-world.js';

const PartSchema = z.looseObject({
  areaCode: z.string().optional(),
  total: z.number(),
  available: z.number(),
  assigned: z.number(),
  reserved: z.number(),
  cooldown: z.number(),
  retired: z.number(),
  due: z.number(),
  assignments: z.number(),
  supplyMonths: z.number().nullable(),
  nextId: z.string().nullable(),
  nextAt: z.string().nullable(),
});
const ListSchema = z.looseObject({
  schema: z.literal('smsfood.phones-list/1'),
  total: PartSchema,
  areaCodes: z.array(PartSchema),
});

describe.each(['production', 'newer'] as const)('phones list on the %s generation', (generation) => {
  let world: PhonesWorld;
  beforeAll(async () => {
    world = await phonesWorld(generation);
  });
  afterAll(() => world.drop());
  beforeEach(() => world.clear());

  const number = (id: string, row: Record<string, unknown>) => world.add('phone_number_inventory', { id, ...row });
  async function list(...args: string[]) {
    const { code, stdout, stderr } = await world.phones(['list', '--format', 'json', ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return ListSchema.parse(JSON.parse(stdout));
  }

  it('counts by area code and status as SQL does', async () => {
    await world.query(
      `SELECT make('phone_number_inventory', jsonb_build_object('id', 'n' || n, 'areaCode', (ARRAY['404', '470', '770'])[1 + n % 3],
         'status', (ARRAY['AVAILABLE', 'ASSIGNED', 'RESERVED', 'COOLDOWN', 'RETIRED'])[1 + n * 7 % 5],
         'cooldownUntil', '2026-01-01'::timestamp + n * interval '40 days', 'assignedAt', (now() AT TIME ZONE 'UTC') - n * interval '5 days'))
       FROM generate_series(1, 40) n`,
    );
    const { total, areaCodes } = await list();
    const wanted = await world.rows(
      `SELECT "areaCode", count(*)::int AS total, sum((status = 'AVAILABLE')::int)::int AS available, sum((status = 'ASSIGNED')::int)::int AS assigned,
         sum((status = 'RESERVED')::int)::int AS reserved, sum((status = 'COOLDOWN')::int)::int AS cooldown, sum((status = 'RETIRED')::int)::int AS retired,
         sum((status = 'COOLDOWN' AND "cooldownUntil" < now() AT TIME ZONE 'UTC' - interval '1 hour')::int)::int AS due,
         sum(("assignedAt" > now() AT TIME ZONE 'UTC' - interval '90 days')::int)::int AS assignments
       FROM phone_number_inventory GROUP BY 1 ORDER BY 1`,
    );
    expect(wanted).toHaveLength(3);
    expect(areaCodes).toMatchObject(wanted);
    const sum = (key: string) => wanted.reduce((all, row) => all + Number(row[key]), 0);
    expect(total).toMatchObject({
      total: 40,
      available: sum('available'),
      due: sum('due'),
      assignments: sum('assignments'),
    });
    expect(sum('due')).toBeGreaterThan(0);
    expect(total.supplyMonths).toBeCloseTo(sum('available') / (sum('assignments') / 3), 10);
    expect((await list('--area-code', '470')).areaCodes).toMatchObject([wanted[1] ?? {}]);
  });

  it('names the number that becomes free next, and no sooner than the rules allow', async () => {
    await world.add('business_customers', { id: 'active', assignedPhoneNumber: '404-555-0101' });
    await number('claimed', {
      phoneNumber: '+14045550101',
      status: 'COOLDOWN',
      releasedAt: world.at(-28),
      cooldownUntil: world.at(2),
    });
    await number('too-short', { status: 'COOLDOWN', releasedAt: world.at(-1), cooldownUntil: world.at(1) });
    await number('endless', { status: 'COOLDOWN' });
    await number('next', { status: 'COOLDOWN', releasedAt: world.at(-25), cooldownUntil: world.at(5) });
    const { total } = await list();
    expect(total).toMatchObject({ nextId: 'next', due: 0, cooldown: 4 });
    expect(total.nextAt).toBe(`${world.at(5 + 1 / 24)}Z`);
  });

  it('says unknown where no assignment was seen, and zero where nothing is left', async () => {
    await number('a', { status: 'AVAILABLE', assignedAt: world.at(-91) });
    await number('future', { status: 'AVAILABLE', assignedAt: world.at(2) });
    expect((await list()).total).toMatchObject({ assignments: 0, supplyMonths: null, nextId: null, nextAt: null });
    expect((await world.phones(['list'])).stdout).toMatch(/unknown/);
    await world.query(
      `UPDATE phone_number_inventory SET status = 'ASSIGNED', "assignedAt" = now() AT TIME ZONE 'UTC' - interval '1 day'`,
    );
    expect((await list()).total).toMatchObject({ assignments: 2, supplyMonths: 0 });
  });

  it('works on an empty pool, and refuses an area code that has none', async () => {
    expect(await list()).toMatchObject({ total: { total: 0, supplyMonths: null }, areaCodes: [] });
    await number('a', { areaCode: '404' });
    const { code, stdout, stderr } = await world.phones(['list', '--area-code', '440']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/no number with the area code "440"\. \[NOTHING_SELECTED\]\n {2}Did you mean "404"\?/);
    expect((await world.phones(['list', '--area-code', ''])).code).toBe(2);
    expect((await world.phones(['list', '--format', 'sarif'])).code).toBe(2);
  });

  it('masks numbers in every format, unless asked', async () => {
    await number('a', { phoneNumber: '+14045550199', status: 'COOLDOWN', cooldownUntil: world.at(3) });
    for (const format of ['table', 'json', 'csv', 'markdown']) {
      const masked = await world.phones(['list', '--format', format]);
      expect(masked).toMatchObject({ code: 0, stdout: expect.stringContaining('+1404•••••99') });
      expect(masked.stdout).not.toContain('5550199');
      expect((await world.phones(['list', '--format', format, '--reveal'])).stdout).toContain('+14045550199');
    }
  });
});
