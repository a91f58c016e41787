// The catalogue as hand-written SQL, one statement after the other over one connection, against `smsfood check`.
import { execFileSync, spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import pg from 'pg';

const SMSFOOD = new URL('../../bin/smsfood.js', import.meta.url).pathname;

/** Statements as a careful person writes them: `\set` lines of `check show --sql` put in as literals. */
function handWritten(id, asOf) {
  const script = execFileSync(process.execPath, [SMSFOOD, 'check', 'show', id, '--sql', '--as-of', asOf], {
    encoding: 'utf8',
  });
  const values = new Map();
  const body = [];
  for (const line of script.split('\n')) {
    const set = /^\\set (\w+) '(.*)'$/.exec(line);
    if (set) values.set(set[1], set[2].replaceAll("''", "'").replaceAll('\\\\', '\\'));
    else if (!line.startsWith('-- ') && !line.startsWith('SET ')) body.push(line);
  }
  const sql = body.join('\n').replace(/;\s*$/, '');
  return sql.replace(/(?<![:\w]):([a-z_]+)/g, (whole, name) => (values.has(name) ? `(${values.get(name)})` : whole));
}

/** The statements of all checks: the violations, their money, and for a percentage the rows it is of. */
function baseline(asOf) {
  const list = JSON.parse(
    execFileSync(process.execPath, [SMSFOOD, 'check', 'list', '--format', 'json'], { encoding: 'utf8' }),
  );
  return list.checks.map(({ id }) => {
    const { check } = JSON.parse(
      execFileSync(process.execPath, [SMSFOOD, 'check', 'show', id, '--format', 'json'], { encoding: 'utf8' }),
    );
    const sql = handWritten(id, asOf);
    if (check.metric !== null) return { id, statements: [sql] };
    const cents = /\bcents\b/.test(sql) ? ', sum(cents)' : '';
    const rows = check.threshold.includes('%') ? [`SELECT count(*) FROM ${check.entity}`] : [];
    return { id, statements: [`SELECT count(*) AS violations${cents} FROM (\n${sql}\n) AS violation`, ...rows] };
  });
}

async function runBaseline(url, statements) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`SET TimeZone = 'UTC'`);
  const started = performance.now();
  const counts = new Map();
  const slow = [];
  for (const { id, statements: list } of statements) {
    const before = performance.now();
    for (const [index, text] of list.entries()) {
      const { rows } = await client.query(text);
      if (index === 0) counts.set(id, rows[0]);
    }
    slow.push([id, performance.now() - before]);
  }
  const ms = performance.now() - started;
  await client.end();
  return { ms, counts, slow: slow.sort((a, b) => b[1] - a[1]) };
}

/** Runs `smsfood check` as a user would; peak memory from the kernel's account of the process (VmHWM). */
async function runSmsfood(url, asOf, extra) {
  const started = performance.now();
  const child = spawn(process.execPath, [SMSFOOD, 'check', '--format', 'json', '--as-of', asOf, ...extra], {
    env: { ...process.env, DATABASE_URL: url, DIRECT_URL: '', REPLICA_URL: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  let peak = 0;
  const { readFileSync } = await import('node:fs');
  const timer = setInterval(() => {
    try {
      peak = Math.max(
        peak,
        Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024,
      );
    } catch {
      // the process has ended, or this is no Linux
    }
  }, 20);
  await new Promise((resolve) => child.on('close', resolve));
  clearInterval(timer);
  return { ms: performance.now() - started, peak, document: JSON.parse(output) };
}

const url = process.argv[2];
const asOf = new Date().toISOString();
const statements = baseline(asOf);
console.log(statements.length, 'checks');
for (const extra of [[], ['--jobs', '1'], ['--jobs', '3']]) {
  const ours = await runSmsfood(url, asOf, extra);
  console.log(
    extra.join(' '),
    'smsfood',
    (ours.ms / 1000).toFixed(2),
    's peak',
    (ours.peak / 1e6).toFixed(0),
    'MB queries',
    ours.document.run.queries,
    'inner',
    ours.document.run.durationMs,
  );
  globalThis.ours = ours;
}
const theirs = await runBaseline(url, statements);
globalThis.x = 1;
console.log(
  'hand-written',
  (theirs.ms / 1000).toFixed(2),
  's; slowest:',
  theirs.slow
    .slice(0, 14)
    .map(([id, ms]) => `${id} ${ms.toFixed(0)}`)
    .join(', '),
);
const ours = globalThis.ours;
for (const result of ours.document.results) {
  const row = theirs.counts.get(result.id);
  if (result.violations !== null && Number(row.violations) !== result.violations)
    console.log('DIFFERENT', result.id, result.violations, row);
}
const groups = new Map();
for (const r of ours.document.results)
  if (r.durationMs) groups.set(r.durationMs, [...(groups.get(r.durationMs) ?? []), r.id]);
for (const [ms, ids] of [...groups].sort((a, b) => b[0] - a[0]).slice(0, 16))
  console.log(ms, 'ms', ids.length, ids.slice(0, 4).join(' '));
