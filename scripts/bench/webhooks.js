// Signed Stripe events to `smsfood webhooks serve`, and the same requests to a bare server that inserts each body with
// one statement and verifies nothing, in turn, on one PostgreSQL that syncs its commits to disk.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { send, signedRequests } from './webhook-load.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const SMSFOOD = join(ROOT, 'bin/smsfood.js');
const BARE = join(ROOT, 'scripts/bench/bare-receiver.js');
const SECRET = 'whsec_benchmark';

export async function run(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      events: { type: 'string', default: '20000' },
      runs: { type: 'string', default: '3' },
      connections: { type: 'string', default: '64,256' },
      rate: { type: 'string', default: '300' },
      seconds: { type: 'string', default: '20' },
    },
  });
  const number = (name) => Number(values[name]);
  const dataDir = mkdtempSync(join(tmpdir(), 'smsfood-bench-'));
  const env = {
    ...process.env,
    SMSFOOD_DATA_DIR: dataDir,
    DIRECT_URL: '',
    REPLICA_URL: '',
    STRIPE_WEBHOOK_SECRET: SECRET,
  };
  try {
    await smsfood(['sandbox', 'start'], env);
    const status = await smsfood(['sandbox', 'status', '--reveal'], env);
    env.DATABASE_URL = /^url +(\S+)/m.exec(status)[1];
    await smsfood(['db', 'install'], env);
    const acknowledged = [];
    for (const connections of values.connections.split(',').map(Number)) {
      const ratios = await compare(env, number('runs'), number('events'), connections);
      acknowledged.push(
        `acknowledged, smsfood/bare  ${median(ratios).toFixed(2)} at ${connections} connections (median of ${ratios.length}; goal 1.30)`,
      );
    }
    const paced = await pace(env, number('rate'), number('seconds'));
    const worked = await work(env, number('rate'), number('seconds'));
    const lines = [
      ...acknowledged,
      `at ${values.rate} a second             p50 ${paced.p50.toFixed(1)} ms, p99 ${paced.p99.toFixed(1)} ms (goal under 100 ms)`,
      `at ${values.rate} a second, working    oldest pending at most ${(worked.oldest / 1000).toFixed(2)} s (goal under 2 s), p99 ${worked.p99.toFixed(1)} ms, ${worked.paid} of ${worked.events} orders paid`,
      `machine                     ${cpus().length} × ${cpus()[0].model}, Node ${process.version}, PostgreSQL ${paced.server}`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    await smsfood(['sandbox', 'stop'], env);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function compare(env, runs, events, connections) {
  const receivers = { bare: [BARE], smsfood: [SMSFOOD, 'webhooks', 'serve', '--port', '0', '--workers', '0'] };
  const warm = Math.ceil(events / 10);
  const ratios = [];
  for (let index = 0; index < runs; index++) {
    const perSecond = {};
    for (const [name, command] of Object.entries(receivers)) {
      const requests = signedRequests(events, SECRET);
      const before = await counted(env.DATABASE_URL);
      perSecond[name] = await withReceiver(command, env, async (url) => {
        await send(url, signedRequests(warm, SECRET), { connections });
        const { ms, statuses } = await send(url, requests, { connections });
        if (statuses[200] !== events) throw new Error(`${name} answered ${JSON.stringify(statuses)}`);
        return events / (ms / 1000);
      });
      const stored = (await counted(env.DATABASE_URL)) - before;
      if (stored !== events + warm) throw new Error(`${name} acknowledged ${events + warm} and has ${stored}`);
    }
    ratios.push(perSecond.smsfood / perSecond.bare);
    say(
      `${connections} connections, run ${index + 1}: bare ${perSecond.bare.toFixed(0)} a second, smsfood ${perSecond.smsfood.toFixed(0)}, ratio ${ratios.at(-1).toFixed(2)}`,
    );
  }
  return ratios;
}

/** Sends at a steady rate to a receiver without workers. */
async function pace(env, rate, seconds) {
  const requests = signedRequests(rate * seconds, SECRET);
  const command = [SMSFOOD, 'webhooks', 'serve', '--port', '0', '--workers', '0'];
  const { times, statuses } = await withReceiver(command, env, (url) => send(url, requests, { connections: 64, rate }));
  if (statuses[200] !== requests.length) throw new Error(`answers: ${JSON.stringify(statuses)}`);
  const server = await ask(env.DATABASE_URL, 'SHOW server_version');
  return { p50: at(times, 0.5), p99: at(times, 0.99), server: server.server_version };
}

/** The same with payments of real orders and with workers: how long the oldest event has waited, asked all the time. */
async function work(env, rate, seconds) {
  const events = rate * seconds;
  await ask(env.DATABASE_URL, 'TRUNCATE ops.webhook_inbox CASCADE');
  await smsfood(['sandbox', 'seed', '--orders', String(events), '--customers', String(Math.ceil(events / 5))], env);
  const { orders } = await ask(
    env.DATABASE_URL,
    `WITH open AS (UPDATE orders SET status = 'CONFIRMED', "paymentId" = NULL, "totalAmount" = 2599 RETURNING id) SELECT array_agg(id) AS orders FROM open`,
  );
  const requests = signedRequests(events, SECRET, orders);
  const client = new pg.Client({ connectionString: env.DATABASE_URL });
  await client.connect();
  let oldest = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const { rows } = await client.query(
        `SELECT coalesce(extract(epoch FROM clock_timestamp() - min(received_at)) * 1000, 0) AS ms FROM ops.webhook_inbox WHERE status IN ('pending', 'processing')`,
      );
      oldest = Math.max(oldest, Number(rows[0].ms));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  const command = [SMSFOOD, 'webhooks', 'serve', '--port', '0', '--workers', '2'];
  const { times } = await withReceiver(command, env, async (url) => {
    const sent = await send(url, requests, { connections: 64, rate });
    for (let tries = 0; tries < 600 && !(await isWorkedOff(client)); tries++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    return sent;
  });
  isOver = true;
  await watching;
  await client.end();
  const { paid } = await ask(env.DATABASE_URL, `SELECT count(*) AS paid FROM orders WHERE status = 'PAID'`);
  return { oldest, p99: at(times, 0.99), paid, events };
}

async function isWorkedOff(client) {
  const { rows } = await client.query(
    `SELECT 1 FROM ops.webhook_inbox WHERE status IN ('pending', 'processing') LIMIT 1`,
  );
  return rows.length === 0;
}

const at = (times, share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];

/** Rows that either receiver has stored. */
async function counted(url) {
  const { bare } = await ask(url, `SELECT to_regclass('bench.bodies') IS NOT NULL AS bare`);
  const { count } = await ask(
    url,
    `SELECT (SELECT count(*) FROM ops.webhook_payloads) ${bare ? '+ (SELECT count(*) FROM bench.bodies)' : ''} AS count`,
  );
  return Number(count);
}

async function ask(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows[0];
}

/** Starts a receiver, waits until it listens, and ends it afterwards. */
async function withReceiver(command, env, work) {
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    const url = await new Promise((resolve, reject) => {
      let text = '';
      child.stderr.on('data', (chunk) => {
        text += chunk;
        const address = /Listening on (http:\S+)\./.exec(text)?.[1];
        if (address !== undefined) resolve(address);
      });
      child.once('close', () => reject(new Error(`the receiver ended: ${text}`)));
    });
    return await work(url);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

function smsfood(args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SMSFOOD, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(stdout) : reject(new Error(`smsfood ${args.join(' ')}: ${code}`)),
    );
  });
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const say = (text) => process.stderr.write(`${text}\n`);
