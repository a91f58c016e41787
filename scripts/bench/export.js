// `smsfood export orders` as csv against psql's \copy of the same columns in the same order, in turn, on one database: by
// the statement that a careful person writes, and by smsfood's own, which is the query in the manifest.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { inMarketplace, machine, median, megabytes, psqlCopy, say, seconds, smsfood } from './measure.js';

const time = (column) => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const money = (cents) => `to_char(${cents} / 100.0, 'FM999999990.00')`;
/** Spreadsheet cells are made harmless, as smsfood does. */
const guard = (text) => `CASE WHEN ${text} ~ '^[=+@\\t\\r\\n＝＋－＠-]' THEN '''' || ${text} ELSE ${text} END`;

const BY_HAND = `
  SELECT o.id AS order_id, ${time('o."createdAt"')} AS created_at,
    (o."createdAt" AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York')::date AS business_day, o.status, o."customerId" AS customer_id,
    ${guard('c.name')} AS customer_name, c."phoneNumber" AS customer_phone, o."businessId" AS business_id,
    ${guard('b."businessName"')} AS business_name, i.item_count, ${guard('i.items')} AS items, ${money('o."totalAmount"')} AS total_amount,
    ${money('o."platformFee"')} AS platform_fee, ${money('(o."totalAmount" - o."platformFee")')} AS net_amount, 'USD' AS currency,
    o."paymentId" AS payment_id, ${guard('o."deliveryTime"')} AS delivery_time, ${time('o."updatedAt"')} AS updated_at
  FROM orders o LEFT JOIN customers c ON c.id = o."customerId" LEFT JOIN business_customers b ON b.id = o."businessId"
  LEFT JOIN LATERAL (
    SELECT sum(coalesce((entry ->> 'quantity')::int, 1)) AS item_count,
      string_agg(coalesce(entry ->> 'quantity', '1') || 'x ' || (entry ->> 'name'), '; ' ORDER BY place) AS items
    FROM (
      SELECT entry, place FROM jsonb_array_elements(CASE WHEN jsonb_typeof(o.items) = 'array' THEN o.items END) WITH ORDINALITY AS list (entry, place)
      UNION ALL
      SELECT value, row_number() OVER () FROM jsonb_each(CASE WHEN jsonb_typeof(o.items) = 'object' THEN o.items END)
    ) AS entries
  ) AS i ON true
  ORDER BY o."createdAt", o.id COLLATE "C"`;

/** Every day that has an order, as a person would ask for it. */
const DAYS = `SELECT to_char(min("createdAt") - interval '1 day', 'YYYY-MM-DD') AS first, to_char(max("createdAt") + interval '2 days', 'YYYY-MM-DD') AS after FROM orders`;

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      orders: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '5' },
      url: { type: 'string' }, // a database that is there already, instead of seeding a sandbox
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'smsfood-bench-'));
  try {
    await inMarketplace({ url: values.url, orders: Number(values.orders), damage: 'none' }, (env) =>
      compare(env, Number(values.runs), folder),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(env, runs, folder) {
  const client = new pg.Client({ connectionString: env.DATABASE_URL });
  await client.connect();
  try {
    await client.query('VACUUM ANALYZE');
    const [ours, theirs] = [join(folder, 'smsfood.csv'), join(folder, 'psql.csv')];
    const { rows: days } = await client.query(DAYS);
    const period = ['--from', days[0].first, '--to', days[0].after];
    const pairs = [];
    for (let index = 0; index < runs; index++) {
      const exported = await smsfood(['export', 'orders', ...period, '--force', '-q', '--output', ours], env);
      const manifest = JSON.parse(readFileSync(`${ours}.manifest.json`, 'utf8'));
      const byHand = await psqlCopy(BY_HAND, theirs, env);
      const isSame = sameBytes(ours, theirs);
      const own = await psqlCopy(manifest.query, theirs, env);
      pairs.push({ exported, byHand, own, isSame: isSame && sameBytes(ours, theirs), manifest });
      say(
        `run ${index + 1}: smsfood ${seconds(exported.ms)} (peak ${megabytes(exported.peak)}), psql by hand ${seconds(byHand.ms)}, psql with smsfood's statement ${seconds(own.ms)}`,
      );
    }
    const ratio = (side) => median(pairs.map((pair) => pair.exported.ms / pair[side].ms)).toFixed(2);
    const { rows } = await client.query(`SELECT current_setting('server_version') AS version`);
    const lines = [
      `wall time, smsfood/psql by hand       ${ratio('byHand')} (median of ${runs}; goal 0.75)`,
      `the same, psql with our own statement ${ratio('own')}`,
      `rows and bytes                        ${pairs[0].manifest.rows.toLocaleString('en-US')} and ${megabytes(pairs[0].manifest.bytes)}`,
      `peak memory of node                   ${megabytes(Math.max(...pairs.map(({ exported }) => exported.peak)))} (goal under 120 MB)`,
      `files that differ, but for CRLF       ${pairs.filter(({ isSame }) => !isSame).length}`,
      `machine                               ${machine(`PostgreSQL ${rows[0].version}`)}`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    await client.end();
  }
}

/** psql ends lines with LF. No value of the seeded marketplace holds a line end of its own. */
function sameBytes(ours, theirs) {
  const [left, right] = [readFileSync(ours), readFileSync(theirs)];
  let place = 0;
  for (const byte of left) {
    if (byte === 0x0d) continue;
    if (byte !== right[place++]) return false;
  }
  return place === right.length;
}
