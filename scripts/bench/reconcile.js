// `smsfood reconcile` against what people would type into psql, in turn, on one database: the bare aggregate for a dry
// run, one UPDATE … FROM (aggregate) that keeps no ledger for an apply; and what changed against everything.
import { parseArgs } from 'node:util';
import pg from 'pg';
import { inMarketplace, machine, median, megabytes, psql, say, seconds, smsfood } from './measure.js';

const AGGREGATE = `SELECT "customerId", count(*) AS orders, sum("totalAmount") AS spent, max("createdAt") AS last
  FROM orders WHERE status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED') GROUP BY "customerId"`;
const BARE_UPDATE = `UPDATE customers c
  SET "totalOrders" = o.orders, "totalSpent" = o.spent, "lastOrderAt" = o.last, "updatedAt" = now() AT TIME ZONE 'UTC'
  FROM (${AGGREGATE}) o WHERE o."customerId" = c.id AND (c."totalOrders" <> o.orders OR c."totalSpent" <> o.spent)`;

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      orders: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '5' },
      url: { type: 'string' }, // a database that is there already, with right totals, instead of seeding a sandbox
    },
  });
  await inMarketplace({ url: values.url, orders: Number(values.orders), damage: 'none' }, (env) =>
    compare(env, Number(values.runs)),
  );
}

async function compare(env, runs) {
  const client = new pg.Client({ connectionString: env.DATABASE_URL, options: '-c TimeZone=UTC' });
  await client.connect();
  try {
    await smsfood(['db', 'install'], env);
    await client.query('VACUUM ANALYZE');
    const dry = await inTurn(runs, 'dry run', {
      smsfood: () => smsfood(['reconcile', '--full'], env),
      psql: () => psql(AGGREGATE, env),
    });
    const applied = await inTurn(runs, 'apply, 1% drifted', {
      smsfood: () => smsfood(['reconcile', '--full', '--apply'], env),
      psql: () => psql(BARE_UPDATE, env),
      before: () => drift(client),
    });
    const right = await incremental(client, env, runs, true);
    const drifted = await incremental(client, env, runs, false);
    const indexed = await withIndex(client, () => incremental(client, env, runs, false));
    const { rows } = await client.query(`SELECT current_setting('server_version') AS version`);
    const lines = [
      `full dry run, smsfood/psql           ${ratio(dry).toFixed(2)} (median of ${runs}; goal 1.20)`,
      `apply with 1% drifted, smsfood/psql  ${ratio(applied).toFixed(2)} (goal 1.50)`,
      `incremental/full, 0.1% touched       ${right.ratio.toFixed(2)} where their totals are right (goal 0.10), ${drifted.ratio.toFixed(2)} where all of them drifted, ${indexed.ratio.toFixed(2)} with the index on orders ("customerId") of \`db advise\`; without the start of the process`,
      `as whole processes                   ${[right, drifted, indexed].map(({ wall }) => wall.toFixed(2)).join(', ')}`,
      `peak memory of node                  ${megabytes(Math.max(...applied.map(({ smsfood: ours }) => ours.peak)))}`,
      `machine                              ${machine(`PostgreSQL ${rows[0].version}`)}`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    await client.end();
  }
}

/** As `smsfood db advise` prints it. */
async function withIndex(client, work) {
  await client.query('CREATE INDEX bench_orders_customer ON orders ("customerId")');
  try {
    return await work();
  } finally {
    await client.query('DROP INDEX bench_orders_customer');
  }
}

async function inTurn(runs, what, { before = async () => undefined, ...sides }) {
  const pairs = [];
  for (let index = 0; index < runs; index++) {
    const pair = {};
    for (const [name, side] of Object.entries(sides)) {
      await before();
      pair[name] = await side();
    }
    pairs.push(pair);
    say(`${what} ${index + 1}: smsfood ${seconds(pair.smsfood.ms)}, psql ${seconds(pair.psql.ms)}`);
  }
  return pairs;
}

const ratio = (pairs) => median(pairs.map((pair) => pair.smsfood.ms / pair.psql.ms));

/** One customer in a hundred is counted twice. */
async function drift(client) {
  await client.query(
    `UPDATE customers SET "totalOrders" = "totalOrders" * 2, "totalSpent" = "totalSpent" * 2
     WHERE id IN (SELECT id FROM customers WHERE "totalOrders" > 0 ORDER BY md5(id || $1::text) LIMIT (SELECT count(*) / 100 FROM customers))`,
    [Math.random()],
  );
  await client.query('VACUUM customers');
}

/** A run a day after a full one, for which one customer in a thousand has ordered, against a full run of the same state. */
async function incremental(client, env, runs, isCounted) {
  const figures = [];
  for (let index = 0; index < runs; index++) {
    await smsfood(['reconcile', '--full', '--apply'], env);
    await smsfood(['reconcile', '--apply'], env); // makes the settled totals
    await aDayPasses(client);
    await order(client, isCounted);
    const part = await smsfood(['reconcile', '--apply', '--format', 'json'], env);
    const whole = await smsfood(['reconcile', '--full', '--apply', '--format', 'json'], env);
    const [partial, full] = [JSON.parse(part.stdout), JSON.parse(whole.stdout)];
    say(
      `incremental ${index + 1}: ${partial.scanned} looked at, ${partial.applied} corrected in ${seconds(partial.run.durationMs)}; full ${seconds(full.run.durationMs)}`,
    );
    figures.push({ ratio: partial.run.durationMs / full.run.durationMs, wall: part.ms / whole.ms });
  }
  return { ratio: median(figures.map((each) => each.ratio)), wall: median(figures.map((each) => each.wall)) };
}

/** What was written so far was written yesterday. */
async function aDayPasses(client) {
  for (const table of ['customers', 'orders'])
    await client.query(
      `UPDATE ${table} SET "updatedAt" = "updatedAt" - interval '1 day', "createdAt" = least("createdAt", now() AT TIME ZONE 'UTC' - interval '1 day')
       WHERE "updatedAt" > now() AT TIME ZONE 'UTC' - interval '1 day'`,
    );
  await client.query('VACUUM customers, orders');
}

async function order(client, isCounted) {
  const prefix = `c${Date.now().toString(36).padStart(8, '0')}`;
  await client.query(
    `WITH chosen AS (
       SELECT id FROM customers ORDER BY md5(id || $1::text) LIMIT (SELECT count(*) / 1000 FROM customers)
     ), placed AS (
       INSERT INTO orders (id, "customerId", "menuId", items, "totalAmount", status, "createdAt", "updatedAt")
       SELECT $1 || lpad(row_number() OVER ()::text, 16, '0'), id, (SELECT id FROM menus LIMIT 1), '[]', 1000, 'PAID',
         now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC' FROM chosen
     )
     UPDATE customers c SET "totalOrders" = "totalOrders" + 1, "totalSpent" = "totalSpent" + 1000,
       "lastOrderAt" = now() AT TIME ZONE 'UTC', "updatedAt" = now() AT TIME ZONE 'UTC'
     FROM chosen WHERE chosen.id = c.id AND $2`,
    [prefix, isCounted],
  );
}
