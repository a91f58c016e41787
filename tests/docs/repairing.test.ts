import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { smsfood } from '../harness/run.js';
import { type SummaryWorld, seed, summaryWorld } from '../summaries/world.js';

const ROLE = 'repairing_page';

let world: SummaryWorld;
beforeAll(async () => {
  world = await summaryWorld();
  await seed(world, 'every');
});
afterAll(async () => {
  await world.query(`DROP OWNED BY ${ROLE}; DROP ROLE ${ROLE}`);
  await world.drop();
});

it('the role of docs/repairing.md may do all that the page is about, and add or delete no row of the platform', async () => {
  const page = readFileSync(join(packageRoot(), 'docs', 'repairing.md'), 'utf8');
  const sql = /```sql\n(CREATE ROLE .*?)```/s.exec(page)?.[1] ?? '';
  await world.query(sql.replaceAll(/\bsmsfood\b/g, ROLE));
  const run = async (...args: string[]) => {
    const outcome = await smsfood(args, { env: { DATABASE_URL: world.urlFor(ROLE, 'secret') } });
    expect({ args, stderr: outcome.stderr }).toEqual({ args, stderr: '' });
    return outcome.stdout;
  };
  await run('reconcile', '--apply', '--force');
  await run('phones', 'recycle', '--release-inactive', '--apply', '--force');
  const { rows } = await world.query<{ id: string }>(
    `SELECT id FROM phone_number_inventory WHERE status = 'ASSIGNED' ORDER BY id LIMIT 1`,
  );
  await run('phones', 'release', rows[0]?.id ?? '', '--apply', '--force');
  await run('segments', '--apply', '--force');
  await run('refresh', '--full');
  const listed: { id: string; changes: number }[] = JSON.parse(await run('runs', 'list', '--format', 'json')).runs;
  const changing = listed.filter(({ changes }) => changes > 0);
  expect(changing).toHaveLength(4);
  for (const { id } of changing) await run('undo', id, '--apply');
  const { rows: rights } = await world.query(
    `SELECT table_name FROM information_schema.role_table_grants
     WHERE grantee = $1 AND table_schema = 'public' AND privilege_type NOT IN ('SELECT', 'UPDATE')`,
    [ROLE],
  );
  expect(rights).toEqual([]);
});
