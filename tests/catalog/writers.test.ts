import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readKnownSchema } from '../../src/catalog/known-schema.js';
import { placesOf } from '../../src/catalog/use.js';
import { OPS_WRITERS, WRITERS } from '../../src/catalog/writers.js';
import { packageRoot } from '../../src/package-root.js';
import { HANDLER_TABLES, HANDLERS } from '../../src/webhooks/handlers/index.js';

const SOURCE = join(packageRoot(), 'src');
const FILES = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('db/') && !path.startsWith('sandbox/'))
  .map((path) => ({ path, text: readFileSync(join(SOURCE, path), 'utf8') }));

interface Call {
  feature: string;
  table: string;
  columns: string[];
}

/** What stands behind `changeRows(session, {` and `createRow(session, {`, by feature; columns that are computed are not read. */
function callsOf(name: 'changeRows' | 'createRow', list: RegExp): Call[] {
  return FILES.flatMap(({ path, text }) =>
    [...text.matchAll(new RegExp(`${name}\\(session, \\{([\\s\\S]*?)\\n {2,}\\}\\)`, 'g'))].flatMap(([, body = '']) => {
      const table = /\btable: '(\w+)'/.exec(body)?.[1];
      if (table === undefined) return [];
      const found = list.exec(body)?.[1] ?? '';
      const columns = name === 'changeRows' ? [...found.matchAll(/'(\w+)'/g)] : [...found.matchAll(/^\s*(\w+)[:,]/gm)];
      return [{ feature: path.split('/')[0] ?? '', table, columns: columns.map(([, column = '']) => column) }];
    }),
  );
}

const wordsOf = (command: string) => command.split(' ')[0] ?? '';
const listed = (creates: boolean) =>
  WRITERS.filter((writer) => (writer.creates === true) === creates).flatMap((writer) =>
    placesOf(writer).map((place) => `${wordsOf(writer.command)}: ${place}`),
  );

it('every column that changeRows changes is in the list of writers, and nothing else', () => {
  const calls = callsOf('changeRows', /columns: \[([^\]]*)\]/);
  expect(calls.length).toBeGreaterThan(8);
  const written = calls.flatMap(({ feature, table, columns }) =>
    columns.map((column) => `${feature}: ${table}.${column}`),
  );
  // The one column whose name depends on the generation is put in as a variable.
  const provider = ['ezTextingNumberId', 'providerNumberId'].map((name) => `phones: business_customers.${name}`);
  expect([...new Set([...written, ...provider])].sort()).toEqual([...new Set(listed(false))].sort());
});

it('every table in which createRow makes rows is in the list of writers, and nothing else', () => {
  const calls = callsOf('createRow', /values: \{([\s\S]*?)\n\s*\}/);
  expect(calls.map(({ feature, table }) => `${feature}: ${table}`).sort()).toEqual([
    'webhooks: customers',
    'webhooks: orders',
    'webhooks: sms_logs',
  ]);
  const made = calls.flatMap(({ feature, table, columns }) =>
    ['id', ...columns].map((column) => `${feature}: ${table}.${column}`),
  );
  // The values of a new customer are put together above the call.
  const customer = ['phoneNumber', 'businessId'].map((name) => `webhooks: customers.${name}`);
  expect([...new Set([...made, ...customer])].sort()).toEqual(listed(true).sort());
});

it('the writers that wait for an event wait for those that are handled', () => {
  const events = WRITERS.flatMap(({ on }) => on ?? []);
  expect([...new Set(events)].sort()).toEqual([...HANDLERS.keys()].sort());
});

it('a run that works on webhooks asks for the tables that handlers write, and for no others', () => {
  const tables = (creates: boolean) => [
    ...new Set(
      WRITERS.filter((writer) => writer.on !== undefined && (writer.creates === true) === creates).flatMap((writer) =>
        Object.keys(writer.tables),
      ),
    ),
  ];
  expect([...HANDLER_TABLES.writes].sort()).toEqual(tables(false).sort());
  expect([...HANDLER_TABLES.creates].sort()).toEqual(tables(true).sort());
});

it('every table of the schema ops has its writers', () => {
  const own = readKnownSchema()
    .map(({ name }) => name)
    .filter((name) => name.startsWith('ops.'));
  expect(Object.keys(OPS_WRITERS).sort()).toEqual([...own, 'ops.migrations'].sort());
  const features: Record<string, string> = {
    segments: 'segments',
    summaries: 'refresh',
    reconcile: 'reconcile',
    webhooks: 'webhooks',
    checks: 'check',
  };
  const writes = FILES.flatMap(({ path, text }) =>
    [...text.matchAll(/(?:INSERT INTO|UPDATE|DELETE FROM) (ops\.\w+)/g)].map(([, table = '']) => ({
      table,
      command: features[path.split('/')[0] ?? ''],
    })),
  ).filter(({ command }) => command !== undefined);
  expect(writes.length).toBeGreaterThan(20);
  const missing = writes.filter(({ table, command }) => !OPS_WRITERS[table]?.some((each) => wordsOf(each) === command));
  expect(missing).toEqual([]);
});
