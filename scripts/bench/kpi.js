// `smsfood kpi` against the same numbers by hand in psql, in turn, on one database: a careful person's statement that reads
// each table once. From fresh summary tables and from the platform's; as whole processes, and the statements alone, which
// are sent over one connection: the start of psql and its connection would be most of what the summaries take.
import { parseArgs } from 'node:util';
import pg from 'pg';
import { inMarketplace, machine, median, megabytes, psql, say, seconds, smsfood } from './measure.js';

const BY_HAND = `
  WITH today AS (
    SELECT (now() AT TIME ZONE 'America/New_York')::date::timestamp AT TIME ZONE 'America/New_York' AT TIME ZONE 'UTC' AS starts
  ), o AS (
    SELECT count(*) AS orders, count(*) FILTER (WHERE status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')) AS sold,
      sum("totalAmount") FILTER (WHERE status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')) AS gmv,
      sum("platformFee") FILTER (WHERE status IN ('PAID', 'PREPARING', 'READY', 'DELIVERED')) AS fees,
      count(*) FILTER (WHERE "createdAt" >= (SELECT starts FROM today)) AS today
    FROM orders
  ), c AS (
    SELECT count(*) AS customers, count(*) FILTER (WHERE "isActive") AS active FROM customers
  ), s AS (
    SELECT count(*) AS sms FROM sms_logs WHERE "createdAt" >= (SELECT starts FROM today)
  ), b AS (
    SELECT count(*) AS businesses, count("assignedPhoneNumber") AS numbered, count(*) FILTER (WHERE lower("subscriptionStatus") = 'active') AS subscribed,
      sum(CASE "subscriptionTier" WHEN 'starter' THEN 3500 WHEN 'pro' THEN 9500 END) FILTER (WHERE lower("subscriptionStatus") = 'active') AS mrr
    FROM business_customers
  )
  SELECT *, gmv::float8 / sold AS aov FROM o, c, s, b`;

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      orders: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '7' },
      url: { type: 'string' }, // a database that is there already, instead of seeding a sandbox
    },
  });
  await inMarketplace({ url: values.url, orders: Number(values.orders), damage: 'none' }, (env) =>
    compare(env, Number(values.runs)),
  );
}

async function compare(env, runs) {
  const client = new pg.Client({ connectionString: env.DATABASE_URL });
  await client.connect();
  try {
    await smsfood(['db', 'install'], env);
    await client.query('VACUUM ANALYZE');
    const { ms } = await smsfood(['refresh', '--full'], env);
    say(`refreshed in ${seconds(ms)}`);
    const [kept, live] = await Promise.all(
      [[], ['--fresh']].map(async (args) => (await smsfood(['kpi', '--sql', ...args], env)).stdout),
    );
    const sides = {
      byHand: () => psql(BY_HAND, env),
      summaries: () => smsfood(['kpi', '--format', 'json'], env),
      orders: () => smsfood(['kpi', '--format', 'json', '--fresh'], env),
      byHandSql: () => timed(client, BY_HAND),
      summariesSql: () => timed(client, kept),
      ordersSql: () => timed(client, live),
    };
    const rounds = [];
    for (let index = 0; index <= runs; index++) {
      const round = {};
      for (const [name, side] of Object.entries(sides)) round[name] = await side();
      refuseStale(round.summaries);
      if (index === 0) continue; // the first one fills the caches
      rounds.push(round);
      say(
        `${index}: ${Object.entries(round)
          .map(([name, each]) => `${name} ${Math.round(each.ms)} ms`)
          .join(', ')}`,
      );
    }
    const ratio = (name, hand) => median(rounds.map((round) => round[name].ms / round[hand].ms)).toFixed(2);
    const { rows } = await client.query(`SELECT current_setting('server_version') AS version`);
    const lines = [
      `kpi overview from fresh summaries / by hand  ${ratio('summaries', 'byHand')} as whole processes (median of ${runs}; goal 0.10), ${ratio('summariesSql', 'byHandSql')} the statements alone`,
      `kpi overview from the orders / by hand       ${ratio('orders', 'byHand')} as whole processes (goal 1.10), ${ratio('ordersSql', 'byHandSql')} the statements alone`,
      `peak memory of node                          ${megabytes(Math.max(...rounds.map((round) => round.orders.peak)))}`,
      `machine                                      ${machine(`PostgreSQL ${rows[0].version}`)}`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    await client.end();
  }
}

async function timed(client, sql) {
  const started = performance.now();
  await client.query(sql);
  return { ms: performance.now() - started };
}

function refuseStale({ stdout }) {
  const { source } = JSON.parse(stdout);
  if (source.kind !== 'summaries') throw new Error('the summaries were not fresh: kpi read the orders');
}
