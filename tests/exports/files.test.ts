import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { type ExportWorld, exportWorld, manifestIn, readCsv } from './world.js';

let world: ExportWorld;
beforeAll(async () => {
  world = await exportWorld();
  for (let n = 0; n < 40; n++)
    await world.make('orders', {
      id: `o${String(n).padStart(2, '0')}`,
      totalAmount: n % 10 === 9 ? -105 : 1000 + n,
      platformFee: n % 3 === 0 ? null : 20,
      deliveryTime: n === 3 ? '=evil, "quoted"\nline' : '12:30',
      createdAt: `2026-03-${String(1 + (n % 20)).padStart(2, '0')}T1${n % 10}:00:00.${n}Z`.slice(0, -1),
    });
});
afterAll(() => world.drop());

const MARCH = ['orders', '--month', '2026-03'];
const NAME = 'orders_2026-03_America-New_York.csv';
const inMarch = (folder: string, ...more: string[]) => world.run([...MARCH, '--output', folder, ...more]);

describe('a file', () => {
  it('gets its name in a folder, is for its owner alone, and ties out with its manifest', async () => {
    const folder = temporaryFolder();
    expect(await inMarch(folder)).toMatchObject({ code: 0, stdout: '' });
    expect(readdirSync(folder).sort()).toEqual([NAME, `${NAME}.manifest.json`]);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(join(folder, NAME));
    const rows = readCsv(bytes.toString());
    const sum = (key: string) =>
      (rows.reduce((total, row) => total + Math.round(Number(row[key]) * 100), 0) / 100).toFixed(2);
    expect(manifestIn(folder, NAME)).toMatchObject({
      dataset: 'orders',
      file: NAME,
      rows: rows.length,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      sums: { total_amount: sum('total_amount'), platform_fee: sum('platform_fee'), net_amount: sum('net_amount') },
      firstId: rows[0]?.order_id,
      lastId: rows.at(-1)?.order_id,
      period: { from: '2026-03-01T05:00:00.000Z', to: '2026-04-01T04:00:00.000Z', timezone: 'America/New_York' },
      guardedColumns: ['customer_name', 'business_name', 'items', 'delivery_time'],
      notes: [],
    });
    expect(rows).toHaveLength(40);
  });

  it('has a query in its manifest that gives the same rows', async () => {
    const folder = temporaryFolder();
    await inMarch(folder);
    const { rows } = await world.query(manifestIn(folder, NAME).query);
    const texts = rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value === null ? '' : String(value)])),
    );
    expect(texts).toEqual(readCsv(readFileSync(join(folder, NAME), 'utf8')));
  });

  it('compressed is the same file, and the same bytes each time', async () => {
    const folder = temporaryFolder();
    await inMarch(folder);
    await inMarch(folder, '--gzip');
    const zipped = readFileSync(join(folder, `${NAME}.gz`));
    expect(gunzipSync(zipped)).toEqual(readFileSync(join(folder, NAME)));
    await inMarch(folder, '--gzip', '--force');
    expect(readFileSync(join(folder, `${NAME}.gz`))).toEqual(zipped);
    expect(await world.run(['verify', join(folder, `${NAME}.gz`)])).toMatchObject({ code: 0 });
  });

  it('that is a pipe gets the bytes as they come, without a manifest', async () => {
    const folder = temporaryFolder();
    const pipe = join(folder, 'pipe.csv');
    execFileSync('mkfifo', [pipe]);
    const [outcome, bytes] = await Promise.all([world.run([...MARCH, '--output', pipe]), readFile(pipe)]);
    expect(outcome).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).toEqual(['pipe.csv']);
    expect(readCsv(bytes.toString())).toHaveLength(40);
  });

  it('as parquet has typed columns', async () => {
    const folder = temporaryFolder();
    await inMarch(folder, '--format', 'parquet', '--output', join(folder, 'o.parquet'));
    const bytes = readFileSync(join(folder, 'o.parquet'));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const rows = await parquetReadObjects({ file });
    const { rows: wanted } = await world.query(
      `SELECT id, "totalAmount"::int8 AS total, "platformFee"::int8 AS fee, "createdAt"::text AS created, "deliveryTime" AS due
       FROM orders ORDER BY "createdAt", id COLLATE "C"`,
    );
    expect(
      rows.map((row) => [
        row.order_id,
        row.total_amount,
        row.platform_fee ?? null,
        row.created_at,
        row.delivery_time,
        row.item_count,
      ]),
    ).toEqual(
      wanted.map((row) => [
        row.id,
        BigInt(row.total),
        row.fee === null ? null : BigInt(row.fee),
        new Date(`${row.created}Z`),
        row.due,
        2,
      ]),
    );
    expect(rows[0]?.business_day).toBeInstanceOf(Date);
  });

  it('without rows is a header, a valid parquet, nothing of JSON lines', async () => {
    const folder = temporaryFolder();
    const empty = (...more: string[]) => world.run(['orders', '--month', '2019-01', ...more]);
    expect((await empty()).stdout).toMatch(/^order_id,[^\n]*\r\n$/);
    expect((await empty('--format', 'jsonl')).stdout).toBe('');
    await empty('--format', 'parquet', '--output', join(folder, 'e.parquet'));
    const bytes = readFileSync(join(folder, 'e.parquet'));
    expect(
      await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) }),
    ).toEqual([]);
    expect(manifestIn(folder, 'e.parquet')).toMatchObject({
      rows: 0,
      firstId: null,
      sums: { total_amount: '0.00' },
      slices: [],
    });
  });
});

describe('what stands in the way', () => {
  it('a file or a manifest that is there: FILE_EXISTS, and as it was, until --force', async () => {
    const folder = temporaryFolder({ [NAME]: 'mine' });
    expect(await inMarch(folder)).toMatchObject({ code: 2, stderr: expect.stringContaining('[FILE_EXISTS]') });
    expect(readFileSync(join(folder, NAME), 'utf8')).toBe('mine');
    expect(await inMarch(folder, '--force')).toMatchObject({ code: 0 });
    rmSync(join(folder, NAME));
    expect(await inMarch(folder)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('manifest.json is there already'),
    });
  });

  it('a folder that is not there, or a file in its place: FILE_NOT_WRITTEN or USAGE, and nothing left', async () => {
    const folder = temporaryFolder({ file: 'x' });
    expect(await inMarch(join(folder, 'none', 'a.csv'))).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/no folder .*\[FILE_NOT_WRITTEN\]/),
    });
    expect(await inMarch(join(folder, 'file', 'a.csv'))).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('[FILE_NOT_WRITTEN]'),
    });
    expect(await inMarch(`${folder}/none/`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no folder'),
    });
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it.runIf(process.getuid?.() !== 0)('a folder that cannot be written', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o500);
    expect(await inMarch(folder)).toMatchObject({ code: 3, stderr: expect.stringContaining('no permission') });
    chmodSync(folder, 0o700);
  });

  it('a statement that fails half way leaves nothing', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'out'));
    await world.query('ALTER TABLE customers RENAME COLUMN name TO nom');
    try {
      const { code, stderr } = await inMarch(join(folder, 'out'));
      expect([code, stderr]).toEqual([3, expect.stringContaining('[DB_QUERY_FAILED]')]);
    } finally {
      await world.query('ALTER TABLE customers RENAME COLUMN nom TO name');
    }
    expect(readdirSync(join(folder, 'out'))).toEqual([]);
  });
});

describe('verify and diff', () => {
  const changed = async (work: (folder: string, manifest: string) => Promise<void>, undo: string) => {
    const folder = temporaryFolder();
    await inMarch(folder);
    try {
      await work(folder, join(folder, `${NAME}.manifest.json`));
    } finally {
      await world.query(undo);
    }
  };

  it('say that all is as it was', async () => {
    await changed(async (_folder, manifest) => {
      expect(await world.run(['verify', manifest])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('everything is as the manifest'),
      });
      expect(await world.run(['diff', manifest])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Nothing has changed'),
      });
    }, 'SELECT 1');
  });

  it('see one byte of the file, and a file that is gone', async () => {
    await changed(async (folder, manifest) => {
      const bytes = readFileSync(join(folder, NAME));
      bytes[500] = 'X'.charCodeAt(0);
      writeFileSync(join(folder, NAME), bytes);
      const { code, stdout } = await world.run(['verify', manifest, '--format', 'json']);
      const failed = JSON.parse(stdout).comparisons.filter((each: { isEqual: boolean }) => !each.isEqual);
      expect([code, failed.map((each: { what: string }) => each.what)]).toEqual([1, ['sha256 of the file']]);
      rmSync(join(folder, NAME));
      expect(await world.run(['verify', manifest])).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('cannot be found'),
      });
    }, 'SELECT 1');
  });

  it('see rows that were added, removed and changed, also without a new updatedAt', async () => {
    await changed(
      async (folder, manifest) => {
        await world.make('orders', { id: 'late', createdAt: '2026-03-04T20:00:00', totalAmount: 777 });
        await world.query(`UPDATE orders SET status = 'CANCELLED', "totalAmount" = 5 WHERE id = 'o07'`);
        await world.query(`UPDATE orders SET "deliveryTime" = 'secret place' WHERE id = 'o11'`);
        await world.query(`DELETE FROM orders WHERE id = 'o12'`);
        const verified = await world.run(['verify', manifest]);
        expect(verified).toMatchObject({
          code: 1,
          stdout: expect.stringMatching(
            /rows in the database +pass[\s\S]*sum of total_amount in the +fail[\s\S]*2026-03-04/,
          ),
        });
        const { code, stdout } = await world.run(['diff', manifest, '--format', 'json']);
        const { rows, slices } = JSON.parse(stdout);
        expect(code).toBe(1);
        expect(slices.map((each: { slice: string }) => each.slice)).toEqual([
          '2026-03-04',
          '2026-03-08',
          '2026-03-12',
          '2026-03-13',
        ]);
        expect(rows).toEqual([
          { slice: '2026-03-04', id: 'late', change: 'added', columns: [] },
          {
            slice: '2026-03-08',
            id: 'o07',
            change: 'changed',
            columns: [
              { key: 'status', before: 'DELIVERED', after: 'CANCELLED' },
              { key: 'total_amount', before: '10.07', after: '0.05' },
              { key: 'net_amount', before: '9.87', after: '-0.15' },
            ],
          },
          {
            slice: '2026-03-12',
            id: 'o11',
            change: 'changed',
            columns: [{ key: 'delivery_time', before: '•••••', after: '•••••' }],
          },
          { slice: '2026-03-13', id: 'o12', change: 'removed', columns: [] },
        ]);
        rmSync(join(folder, NAME));
        const without = await world.run(['diff', manifest]);
        expect(without).toMatchObject({
          code: 1,
          stdout: expect.stringMatching(/2026-03-13 .*2 rows -> 1 row\b[\s\S]*is not beside its manifest/),
        });
        expect(without.stdout).not.toContain('o07');
      },
      `DELETE FROM orders WHERE id = 'late'; UPDATE orders SET status = 'DELIVERED', "totalAmount" = 1007 WHERE id = 'o07';
        UPDATE orders SET "deliveryTime" = '12:30' WHERE id = 'o11'; SELECT make('orders', '{"id": "o12", "totalAmount": 1012, "platformFee": null, "createdAt": "2026-03-13T12:00:00.12"}')`,
    );
  });

  it('work for the csv of a spreadsheet, whose texts are in quotes', async () => {
    const folder = temporaryFolder();
    await inMarch(folder, '--excel');
    expect(await world.run(['verify', join(folder, NAME)])).toMatchObject({ code: 0 });
    expect(await world.run(['diff', join(folder, NAME)])).toMatchObject({ code: 0 });
    await world.query(`UPDATE orders SET "deliveryTime" = '12:31' WHERE id = 'o22'`);
    const { code, stdout } = await world.run(['diff', join(folder, NAME), '--format', 'csv']);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/\r\n2026-03-03,o22,changed,delivery_time: [^\r]*\r\n$/)]);
    await world.query(`UPDATE orders SET "deliveryTime" = '12:30' WHERE id = 'o22'`);
  });

  it('work for compressed files and JSON lines too', async () => {
    const folder = temporaryFolder();
    await inMarch(folder, '--format', 'jsonl', '--gzip', '--output', join(folder, 'x.gz'));
    await world.query(`UPDATE orders SET "paymentId" = 'pi_other' WHERE id = 'o20'`);
    const { stdout } = await world.run(['diff', join(folder, 'x.gz'), '--format', 'csv']);
    expect(stdout).toMatch(/^slice,id,change,columns\r\n2026-03-01,o20,changed,payment_id: pi_\w+ -> pi_other\r\n$/);
  });

  it.each([[[]], [['--gzip']]])('name the days alone where the file has other bytes by now, %j', async (options) => {
    const folder = temporaryFolder();
    await inMarch(folder, '--output', join(folder, 'x'), ...options);
    await world.query(`UPDATE orders SET "paymentId" = "paymentId" || 'x' WHERE id = 'o20'`);
    const bytes = readFileSync(join(folder, 'x'));
    bytes.fill('0', 300, 500);
    writeFileSync(join(folder, 'x'), bytes);
    const { code, stdout } = await world.run(['diff', join(folder, 'x')]);
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/2026-03-01 .*2 rows -> 2 rows[\s\S]*1 day differs .*x is not the file of/),
    ]);
  });

  it('refuse what is no manifest', async () => {
    const folder = temporaryFolder({ 'a.json': '{}', 'b.json': 'nonsense' });
    for (const name of ['a.json', 'b.json', 'none.json']) {
      const { code, stderr } = await world.run(['verify', join(folder, name)]);
      expect([code, stderr]).toEqual([2, expect.stringContaining('[MANIFEST_INVALID]')]);
    }
    expect(existsSync(join(folder, 'none.json'))).toBe(false);
  });
});
