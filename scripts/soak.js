// npm run soak [-- --minutes 5]: everything at once, for minutes. Writers do what the platform does, providers send
// webhooks, and checks and repairs run beside them. Ends well where every check is green at the end, no writer met an
// error, nothing acknowledged was lost, and the memory of the receiver no longer grows.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { inMarketplace, megabytes, SMSFOOD, say } from './bench/measure.js';

const WRITERS = 2;
const RATE = 20;
const PUBLIC_URL = 'https://hooks.example.com';
const SECRETS = {
  STRIPE_WEBHOOK_SECRET: 'whsec_soak',
  TWILIO_AUTH_TOKEN: 'soak',
  TWILIO_ACCOUNT_SID: 'AC00000000000000000000000000000001',
};
/** How much the memory of the receiver may differ between the second and the last third; the first one warms it up. */
const GROWTH = 1.15;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '3' }, orders: { type: 'string', default: '20000' } },
});
const milliseconds = Math.min(Number(values.minutes), 60) * 60_000;

async function soak(env) {
  await program(['db', 'install'], env);
  const until = performance.now() + milliseconds;
  const receiver = await startReceiver(env);
  const troubles = [];
  let acknowledged = 0;
  try {
    const [written, sent] = await Promise.all([
      inParallel(WRITERS, () => write(env.DATABASE_URL, until)),
      Promise.all(['stripe', 'twilio'].map((source) => send(source, env, receiver.url, until))),
      repair(env, until, troubles),
      receiver.watch(until),
    ]);
    const writerErrors = written.flatMap(({ errors }) => errors);
    if (writerErrors.length > 0)
      troubles.push(`${writerErrors.length} writers' transactions failed, first: ${writerErrors[0]}`);
    await untilWorkedOff(env.DATABASE_URL);
    acknowledged = sent.reduce((sum, count) => sum + count, 0);
    say(
      `${written.reduce((sum, { done }) => sum + done, 0)} transactions of writers, ${acknowledged} webhooks acknowledged`,
    );
  } finally {
    await receiver.stop();
  }
  troubles.push(...receiver.troubles());
  const counted = await ask(
    env.DATABASE_URL,
    'SELECT coalesce(sum(delivery_count), 0)::int AS n FROM ops.webhook_inbox',
  );
  if (counted !== acknowledged) troubles.push(`${acknowledged} webhooks were acknowledged, and ${counted} are counted`);
  await program(['reconcile', '--apply', '--full', '--force', '-q'], env);
  const { code, stdout } = await program(['check', '--format', 'json'], env);
  const { results: checks } = JSON.parse(stdout);
  const red = checks.filter(({ status }) => status === 'fail' || status === 'error').map(({ id }) => id);
  if (code !== 0) troubles.push(`smsfood check ended with ${code}: ${red.join(', ')}`);
  for (const trouble of troubles) say(`trouble: ${trouble}`);
  process.stdout.write(
    `${checks.length} checks, ${red.length} red; ${receiver.account()}; ${troubles.length} troubles\n`,
  );
  process.exitCode = troubles.length === 0 ? 0 : 1;
}

/** What the platform does when an order is taken, paid and cancelled: its totals follow, rightly. */
async function write(connectionString, until) {
  const client = new pg.Client({ connectionString, options: '-c TimeZone=UTC' });
  await client.connect();
  const { rows: customers } =
    await client.query(`SELECT "customerId" AS id, "businessId" AS business, "menuId" AS menu, items, "totalAmount" AS cents, "deliveryTime" AS delivery
    FROM orders WHERE status = 'DELIVERED' ORDER BY "createdAt" DESC LIMIT 1000`);
  const result = { done: 0, errors: [] };
  while (performance.now() < until) {
    const like = customers[Math.floor(Math.random() * customers.length)];
    const id = `c${Date.now().toString(36).padStart(8, '0')}${process.hrtime.bigint().toString(36).padStart(16, '0').slice(-16)}`;
    try {
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO orders (id, "customerId", "businessId", "menuId", items, "totalAmount", "platformFee", "paymentId", status, "deliveryTime", "createdAt", "updatedAt")
         VALUES ($1, $2, $3, $4, $5, $6::int4, (($6::int8 * 2 + 50) / 100)::int4, 'pi_' || $1::text, 'PAID', $7, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')`,
        [id, like.id, like.business, like.menu, JSON.stringify(like.items), like.cents, like.delivery],
      );
      await client.query(
        `UPDATE customers SET "totalOrders" = "totalOrders" + 1, "totalSpent" = "totalSpent" + $2, "lastOrderAt" = now() AT TIME ZONE 'UTC', "updatedAt" = now() AT TIME ZONE 'UTC' WHERE id = $1`,
        [like.id, like.cents],
      );
      await client.query('COMMIT');
      result.done++;
    } catch (error) {
      result.errors.push(error.message);
      await client.query('ROLLBACK').catch(() => undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await client.end();
  return result;
}

/** Ten seconds of webhooks after the other, about rows that are there. Resolves to how many were acknowledged. */
async function send(source, env, url, until) {
  let acknowledged = 0;
  while (performance.now() < until) {
    const args = [
      'webhooks',
      'simulate',
      source,
      '--real',
      '--url',
      url,
      '--public-url',
      PUBLIC_URL,
      '--count',
      String(RATE * 10),
      '--rate',
      String(RATE),
      '--duplicates',
      '10',
      '--shuffle',
      '--format',
      'json',
    ];
    acknowledged += JSON.parse((await program(args, env)).stdout).answers['200'] ?? 0;
  }
  return acknowledged;
}

async function repair(env, until, troubles) {
  while (performance.now() < until) {
    for (const args of [
      ['reconcile', '--apply', '--force', '-q'],
      ['check', '-q', '--format', 'json'],
    ]) {
      const { code } = await program(args, env);
      if (code > 1) troubles.push(`smsfood ${args.join(' ')} ended with ${code}`);
    }
  }
}

async function startReceiver(env) {
  const child = spawn(
    process.execPath,
    [SMSFOOD, 'webhooks', 'serve', '--port', '0', '--workers', '2', '--public-url', PUBLIC_URL],
    {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const ended = new Promise((resolve) => child.once('close', resolve));
  const sizes = [];
  const url = await new Promise((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (chunk) => {
      text += chunk;
      const address = /Listening on (http:\S+)\./.exec(text)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once('close', () => reject(new Error(`the receiver ended: ${text}`)));
  });
  const third = (index) => {
    const part = sizes.slice(Math.floor((sizes.length * index) / 3), Math.ceil((sizes.length * (index + 1)) / 3));
    return part.toSorted((a, b) => a - b)[Math.floor(part.length / 2)] ?? 0;
  };
  let isGone = false;
  void ended.then(() => {
    isGone = true;
  });
  return {
    url,
    async watch(until) {
      while (performance.now() < until && !isGone) {
        const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
        sizes.push(Number(kilobytes) * 1024);
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
    account: () =>
      `memory of the receiver ${megabytes(third(0))}, ${megabytes(third(1))}, ${megabytes(third(2))} by thirds`,
    troubles: () => [
      ...(child.exitCode === 143 ? [] : [`the receiver ended with ${child.exitCode}`]),
      ...(third(2) <= third(1) * GROWTH ? [] : ['the memory of the receiver has grown']),
    ],
  };
}

async function untilWorkedOff(url) {
  const left = `SELECT count(*)::int AS n FROM ops.webhook_inbox WHERE status IN ('pending', 'processing')`;
  for (let tries = 0; tries < 300 && (await ask(url, left)) > 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 200));
}

/** The number `n` of a statement's only row. */
async function ask(connectionString, sql) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows[0].n;
}

const inParallel = (count, work) => Promise.all(Array.from({ length: count }, work));

function program(args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SMSFOOD, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'])
      child[name].on('data', (chunk) => {
        out[name] += chunk;
      });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code > 1) say(`smsfood ${args.join(' ')}: ${out.stderr}`);
      resolve({ code, ...out });
    });
  });
}

await inMarketplace({ orders: Number(values.orders), damage: 'none' }, (env) => soak({ ...env, ...SECRETS }));
