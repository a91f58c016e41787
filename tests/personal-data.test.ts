import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  COLUMN_TAGS,
  classify,
  isFreeOfPersonalData,
  PERSONAL_COLUMNS,
  PLATFORM_TABLES,
} from '../src/personal-data.js';
import { redactRecord } from '../src/redaction.js';
import { cloneDatabase, installOps, type TestDatabase } from './harness/database.js';

describe.each(['production', 'newer'] as const)('the %s generation', (generation) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await cloneDatabase(generation);
    await installOps(database);
  });
  afterAll(() => database.drop());

  it('has a tag for every column, of the schema ops too', async () => {
    const { rows } = await database.query<{ table: string; column: string }>(
      `SELECT CASE table_schema WHEN 'ops' THEN 'ops.' ELSE '' END || table_name AS table, column_name AS column
       FROM information_schema.columns WHERE table_schema IN ('public', 'ops')`,
    );
    expect(rows.length).toBeGreaterThan(250);
    expect(rows.filter(({ table, column }) => classify(table, column) === 'unknown')).toEqual([]);
    // Nothing is tagged that neither generation has.
    const there = new Set(rows.map(({ table, column }) => `${table}.${column}`));
    const elsewhere = COLUMN_TAGS.filter(({ table, column }) => !there.has(`${table}.${column}`));
    const other = generation === 'newer' ? /\.ezTextingNumberId$/ : /\.(?:providerNumberId|businessId)$/;
    expect(elsewhere.map(({ table, column }) => `${table}.${column}`).filter((place) => !other.test(place))).toEqual(
      [],
    );
  });
});

it('no column has two tags', () => {
  const places = COLUMN_TAGS.map(({ table, column }) => `${table}.${column}`);
  expect(places.length - new Set(places).size).toBe(0);
});

it('a column that nobody has tagged is not taken for harmless', () => {
  expect(classify('customers', 'birthday')).toBe('unknown');
  expect(classify('loyalty_cards', 'id')).toBe('unknown');
});

it('tells which tables of its own hold nothing about a person', () => {
  expect(isFreeOfPersonalData('ops.webhook_inbox')).toBe(true);
  for (const name of ['ops.webhook_payloads', 'ops.webhook_replies', 'ops.change_log', 'ops.unheard_of', 'menus'])
    expect(isFreeOfPersonalData(name)).toBe(false);
});

it('what is personal by its name is blanked in log records, in any spelling', () => {
  expect(PLATFORM_TABLES).toHaveLength(11);
  expect(PERSONAL_COLUMNS.length).toBeGreaterThan(15);
  for (const place of PERSONAL_COLUMNS) {
    const column = place.slice(place.lastIndexOf('.') + 1);
    for (const key of [column, column.toUpperCase()])
      expect(redactRecord({ [key]: 'Zyx' })).toEqual({ [key]: '[redacted]' });
  }
  expect(redactRecord({ status: 'PAID', businessName: 'Kitchen' })).toEqual({
    status: 'PAID',
    businessName: 'Kitchen',
  });
});
