// What the benchmarks share: a sandbox of their own, the program as a user runs it, psql, and figures.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = new URL('../../', import.meta.url).pathname;
export const SMSFOOD = join(ROOT, 'bin/smsfood.js');

/** Calls `work` with the environment of a seeded marketplace: the database at `url`, or a sandbox that goes away afterwards. */
export async function inMarketplace({ url, orders, damage }, work) {
  const dataDir = url === undefined ? mkdtempSync(join(tmpdir(), 'smsfood-bench-')) : null;
  const env = { ...process.env, SMSFOOD_DATA_DIR: dataDir ?? '', DIRECT_URL: '', REPLICA_URL: '' };
  // A command at work gets the signal of the terminal too and fails, which ends the benchmark through `finally`.
  process.once('SIGINT', () => say('interrupted: stopping the sandbox …'));
  try {
    await work({ ...env, DATABASE_URL: url ?? (await seed(env, orders, damage)) });
  } finally {
    if (dataDir !== null) {
      await smsfood(['sandbox', 'stop'], env);
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
}

async function seed(env, orders, damage) {
  say(
    `seeding ${orders.toLocaleString('en-US')} orders, ${(orders / 5).toLocaleString('en-US')} customers, damage ${damage} …`,
  );
  const size = ['--customers', String(orders / 5), '--orders', String(orders), '--days', '730', '--damage', damage];
  const { ms } = await smsfood(['sandbox', 'seed', ...size], env);
  say(`seeded in ${seconds(ms)}`);
  const { stdout } = await smsfood(['sandbox', 'status', '--reveal'], env);
  return /^url +(\S+)/m.exec(stdout)[1];
}

/** Runs the program in a process of its own. Peak memory is the kernel's own account (VmHWM), read while it runs. */
export function smsfood(args, env) {
  return run(process.execPath, [SMSFOOD, ...args], env, 1);
}

/** Runs SQL in psql, which throws the rows away once it has them. */
export function psql(sql, env) {
  return run('psql', [env.DATABASE_URL, '-qAt', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-c', sql], env, 0);
}

/** Runs psql's \\copy of a statement into a file, as csv with a header. */
export function psqlCopy(sql, file, env) {
  const command = `\\copy (${sql.replace(/\s*\n\s*/g, ' ')}) TO '${file}' (FORMAT csv, HEADER)`;
  const args = [env.DATABASE_URL, '-qAt', '-v', 'ON_ERROR_STOP=1', '-c', command];
  return run('psql', args, { ...env, PGTZ: 'UTC' }, 0);
}

function run(program, args, env, worstCode) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    let peak = 0;
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    const timer = setInterval(() => {
      try {
        const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
        peak = Math.max(peak, Number(kilobytes ?? 0) * 1024);
      } catch {
        // the process has ended, or this is no Linux
      }
    }, 10);
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      if (code > worstCode) reject(new Error(`${program} ${args.slice(1).join(' ')} ended with ${code}`));
      else resolve({ ms: performance.now() - started, stdout, peak });
    });
  });
}

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
export const say = (text) => process.stderr.write(`${text}\n`);
export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
export const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
export const machine = (server) => `${cpus().length} × ${cpus()[0].model}, Node ${process.version}, ${server}`;
