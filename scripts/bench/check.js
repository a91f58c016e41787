// The whole catalogue as hand-written SQL, one statement after the other as psql would send them, against
// `smsfood check` (a fresh process, samples included), taken in turn in one run on one database.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { inMarketplace, machine, median, megabytes, ROOT, say, seconds, smsfood } from './measure.js';

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      orders: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '3' },
      damage: { type: 'string', default: 'realistic' },
      jobs: { type: 'string' },
      url: { type: 'string' }, // a database that is there already, instead of seeding a sandbox
    },
  });
  const jobs = values.jobs === undefined ? [] : ['--jobs', values.jobs];
  await inMarketplace({ ...values, orders: Number(values.orders) }, (env) => compare(env, Number(values.runs), jobs));
}

async function compare(env, runs, options) {
  const statements = handWritten();
  const pairs = [];
  for (let index = 0; index < runs; index++) {
    const now = new Date().toISOString();
    const byHand = await runByHand(env.DATABASE_URL, statements, now);
    const ours = await smsfood(['check', '--format', 'json', '--as-of', now, ...options], env);
    const document = JSON.parse(ours.stdout);
    pairs.push({ byHand, ours, document });
    say(
      `run ${index + 1}: by hand ${seconds(byHand.ms)}, smsfood ${seconds(ours.ms)} (peak ${megabytes(ours.peak)}), ratio ${(ours.ms / byHand.ms).toFixed(2)}`,
    );
  }
  const { byHand, document } = pairs.at(-1);
  const differing = document.results.filter((result) => !agrees(result, byHand.answers.get(result.id)));
  const plan = JSON.parse((await smsfood(['check', 'explain', '--format', 'json'], env)).stdout);
  const ratios = pairs.map((pair) => pair.ours.ms / pair.byHand.ms);
  const orders = plan.scans.find(({ table }) => table === 'orders');
  const messages = plan.scans.find(({ table }) => table === 'sms_logs');
  const slowest = [...byHand.times].sort((a, b) => b[1] - a[1]).slice(0, 5);
  const lines = [
    `checks                      ${statements.size} by hand, ${document.results.length} by smsfood in ${document.run.queries} statements (samples included)`,
    `wall time, smsfood/by hand  ${median(ratios).toFixed(2)} (median of ${runs}; goal 0.30)`,
    `peak memory of node         ${megabytes(Math.max(...pairs.map((pair) => pair.ours.peak)))} (goal under 150 MB)`,
    `scans of orders             ${orders.planned} instead of ${orders.separate}`,
    `scans of sms_logs           ${messages.planned} instead of ${messages.separate}`,
    `slowest by hand             ${slowest.map(([id, ms]) => `${id} ${seconds(ms)}`).join(', ')}`,
    `verdicts that differ        ${differing.length === 0 ? 'none' : differing.map(({ id, violations }) => `${id} (${violations})`).join(', ')}`,
    `machine                     ${machine(document.run.server)}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (differing.length > 0) process.exitCode = 1;
}

/** One statement for each check, by id. */
function handWritten() {
  const text = readFileSync(join(ROOT, 'tests/checks/hand-written.sql'), 'utf8');
  return new Map(
    text
      .split(/^-- check: /m)
      .slice(1)
      .map((part) => {
        const end = part.indexOf('\n');
        return [part.slice(0, end).trim(), part.slice(end + 1)];
      }),
  );
}

async function runByHand(url, statements, now) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`SET TimeZone = 'UTC'`);
  const answers = new Map();
  const times = new Map();
  const started = performance.now();
  for (const [id, text] of statements) {
    const before = performance.now();
    const { rows } = await client.query(text.replaceAll(`:'now'`, `'${now}'`));
    answers.set(id, rows[0]);
    times.set(id, performance.now() - before);
  }
  const ms = performance.now() - started;
  await client.end();
  return { ms, answers, times };
}

function agrees(result, answer) {
  if (answer === undefined) return false;
  if (result.violations === null)
    return result.value === null ? answer.value === null : Math.abs(result.value - Number(answer.value)) < 1e-6;
  return (
    Number(answer.violations) === result.violations &&
    (result.cents === null || Number(answer.cents ?? 0) === result.cents)
  );
}
