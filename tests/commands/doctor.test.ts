import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { cloneDatabase, onServer, type TestDatabase } from '../harness/database.js';
import { smsfood } from '../harness/run.js';

const FindingSchema = z.object({
  database: z.string(),
  title: z.string(),
  status: z.enum(['pass', 'warn', 'fail']),
  detail: z.string(),
  fix: z.string().nullable(),
});
type Finding = z.infer<typeof FindingSchema>;

let database: TestDatabase;
beforeAll(async () => {
  database = await cloneDatabase();
});
afterAll(() => database.drop());

async function doctor(
  env: Record<string, string>,
): Promise<{ code: number; findings: Finding[]; of: (title: string) => Finding | undefined }> {
  const { code, stdout, stderr } = await smsfood(['doctor', '--format', 'json'], { env });
  expect(stderr).toBe('');
  const { findings } = z.object({ findings: z.array(FindingSchema) }).parse(JSON.parse(stdout));
  return { code, findings, of: (title) => findings.find((finding) => finding.title === title) };
}

describe('doctor', () => {
  it('finds nothing to fix but the missing history', async () => {
    const { code, findings, of } = await doctor({ DATABASE_URL: database.url });
    expect(code).toBe(0);
    expect(findings.map(({ title }) => title)).toEqual([
      'server version',
      'clock',
      'connection',
      'shared snapshot',
      'platform tables',
      'privileges',
      'schema generation',
      'schema ops',
    ]);
    expect(findings.filter(({ status }) => status !== 'pass')).toEqual([of('schema ops')]);
    expect(of('schema ops')).toMatchObject({ status: 'warn', fix: 'smsfood db install' });
    expect(of('server version')?.detail).toMatch(/^PostgreSQL 1[4-8]/);
    expect(of('privileges')?.detail).toMatch(/may read and write$/);
    expect(of('schema generation')?.detail).toBe('the generation of production');
  });

  it('is content with an installed history, and prints what it has seen', async () => {
    await smsfood(['db', 'install'], { env: { DATABASE_URL: database.url } });
    onTestFinished(async () => void (await database.query('DROP SCHEMA ops CASCADE')));
    const { code, stdout } = await smsfood(['doctor'], { env: { DATABASE_URL: database.url } });
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing to fix.');
    expect(stdout).toContain('DATABASE_URL');
    await database.query(`UPDATE ops.migrations SET checksum = ''`);
    expect((await doctor({ DATABASE_URL: database.url })).code).toBe(3);
  });

  it('tells the generations apart', async () => {
    const newer = await cloneDatabase('newer');
    onTestFinished(() => newer.drop());
    const { code, of } = await doctor({ DATABASE_URL: newer.url });
    expect({ code, detail: of('schema generation')?.detail }).toEqual({ code: 0, detail: 'the newer generation' });
  });

  it('misses tables', async () => {
    const other = await cloneDatabase();
    onTestFinished(() => other.drop());
    await other.query('DROP TABLE sms_logs, customers CASCADE');
    const { code, of } = await doctor({ DATABASE_URL: other.url });
    expect(code).toBe(3);
    expect(of('platform tables')).toMatchObject({
      status: 'fail',
      detail: 'missing in schema public: customers, sms_logs',
    });
    expect(of('schema generation')).toMatchObject({ status: 'fail' });
  });

  it('is content with a role that may only read, and names what one may not', async () => {
    const role = `smsfood_test_${randomBytes(6).toString('hex')}`;
    await database.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    await smsfood(['db', 'install'], { env: { DATABASE_URL: database.url } });
    onTestFinished(async () => {
      await database.query(`DROP SCHEMA ops CASCADE; DROP OWNED BY ${role}`);
      await onServer(inject('serverUrl'), (client) => client.query(`DROP ROLE ${role}`));
    });
    const url = database.urlFor(role, 'x');
    const reader = await doctor({ DATABASE_URL: url });
    expect(reader.code).toBe(0);
    expect(reader.of('privileges')).toMatchObject({ status: 'pass', detail: `role ${role} may read, not write` });
    expect(reader.of('schema ops')).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('closed to this role'),
    });
    await database.query(`REVOKE SELECT ON sms_logs, orders FROM ${role}`);
    const blind = await doctor({ DATABASE_URL: url });
    expect(blind.code).toBe(3);
    expect(blind.of('privileges')).toMatchObject({
      status: 'fail',
      detail: `role ${role} may not read orders, sms_logs`,
      fix: expect.stringContaining('GRANT SELECT'),
    });
  });

  it('looks at every URL, and goes on after one that does not answer', async () => {
    const { code, findings } = await doctor({
      DATABASE_URL: 'postgresql://127.0.0.1:1/x',
      DIRECT_URL: database.url,
      REPLICA_URL: database.url,
    });
    expect(code).toBe(3);
    const names = (status: string) => [
      ...new Set(findings.filter((finding) => finding.status === status).map((finding) => finding.database)),
    ];
    expect(names('fail')).toEqual(['DATABASE_URL']);
    expect(names('pass')).toEqual(['DIRECT_URL', 'REPLICA_URL']);
  });
});
