import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readDocument } from '../harness/check-document.js';
import { smsfood } from '../harness/run.js';
import { stripeEvent, succeeded, type WorkWorld, workWorld } from './work-world.js';

const count = z.number();
const TrafficSchema = z.looseObject({
  received: count,
  duplicates: count,
  conflicts: count,
  processed: count,
  retried: count,
  p50Ms: count.nullable(),
  p99Ms: count.nullable(),
});
const StatsSchema = z.looseObject({
  schema: z.literal('smsfood.webhook-stats/1'),
  asOf: z.string(),
  since: z.string(),
  total: TrafficSchema,
  sources: z.array(TrafficSchema.extend({ source: z.string() })),
  backlog: z.looseObject({
    pending: count,
    waiting: count,
    processing: count,
    abandoned: count,
    oldest: z.looseObject({ id: count, overdueMs: count }).nullable(),
    needsRefund: count,
    repliesNotHandedOut: count,
  }),
  dead: z.array(z.looseObject({ reason: z.string(), count })),
  silences: z.array(z.looseObject({ source: z.string(), verdict: z.string(), usual: count, weeks: count })),
});

let world: WorkWorld;
beforeAll(async () => {
  world = await workWorld();
});
afterAll(() => world.drop());
beforeEach(() => world.clear());

const env = () => ({ DATABASE_URL: world.url });
const run = (...args: string[]) => smsfood(['webhooks', ...args], { env: env() });

async function stats(...args: string[]) {
  const { code, stdout, stderr } = await run('stats', ...args, '--format', 'json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return StatsSchema.parse(JSON.parse(stdout));
}

/** 3,000 events of the last 50 hours, a minute apart. */
const FILL = `
  INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, status, attempts, next_attempt_at, lease_token, lease_until,
    dead_reason, task, delivery_count, conflict_count, processed_at, verified_by, content_hash)
  SELECT source, 'key ' || n, 'charge.refunded', at, at, status, n % 4, now() - n * interval '1 second' + CASE WHEN n % 2 = 0 THEN interval '1 day' ELSE '0' END,
    CASE status WHEN 'processing' THEN gen_random_uuid() END, CASE status WHEN 'processing' THEN now() + (n % 40 - 20) * interval '1 second' END,
    CASE status WHEN 'dead' THEN (ARRAY['orphan', 'attempts', 'attempts'])[1 + n % 3] END, CASE WHEN n % 500 = 0 THEN 'refund needed' END,
    1 + n % 3, CASE WHEN n % 30 = 0 THEN 1 ELSE 0 END, CASE WHEN status IN ('processed', 'ignored') THEN at + n * interval '7 milliseconds' END, 'secret 1', ''
  FROM generate_series(1, 3000) n,
    LATERAL (SELECT now() - n * interval '1 minute' AS at, (ARRAY['stripe', 'stripe', 'twilio'])[1 + n % 3] AS source,
      CASE WHEN n % 50 = 1 THEN 'pending' WHEN n % 50 = 2 THEN 'processing' WHEN n % 50 = 3 THEN 'waiting' WHEN n % 50 = 4 THEN 'dead'
        WHEN n % 50 < 10 THEN 'ignored' ELSE 'processed' END AS status) e`;

describe('webhooks stats', () => {
  it('counts as SQL does', async () => {
    await world.query(FILL);
    const { total, sources, backlog, dead, since, asOf } = await stats();
    expect(Date.parse(asOf) - Date.parse(since)).toBe(86_400_000);
    const expected = (where: string) =>
      world.row(
        `SELECT count(*)::int AS received, sum(delivery_count - 1)::int AS duplicates, sum(conflict_count)::int AS conflicts,
           sum((status = 'processed')::int)::int AS processed, sum((attempts > 1)::int)::int AS retried, sum((status = 'dead')::int)::int AS dead
         FROM ops.webhook_inbox WHERE received_at >= '${since}' AND ${where}`,
      );
    expect(total).toMatchObject(await expected('true'));
    expect(total.received).toBeGreaterThan(1400);
    for (const { source, ...traffic } of sources) expect(traffic).toMatchObject(await expected(`source = '${source}'`));
    expect(sources).toHaveLength(2);
    const latencies = await world.rows(
      `SELECT extract(epoch FROM processed_at - received_at)::float8 * 1000 AS ms FROM ops.webhook_inbox
       WHERE received_at >= '${since}' AND processed_at IS NOT NULL ORDER BY 1`,
    );
    expect(total.p50Ms).toBeCloseTo(
      (latencies[Math.floor((latencies.length - 1) / 2)]?.ms + latencies[Math.ceil((latencies.length - 1) / 2)]?.ms) /
        2,
      3,
    );
    expect(total.p99Ms).toBeGreaterThan(latencies[Math.floor(latencies.length * 0.98)]?.ms);
    expect(backlog).toMatchObject({ pending: 60, waiting: 60, processing: 60, needsRefund: 6, repliesNotHandedOut: 0 });
    const { n } = await world.row(
      `SELECT count(*)::int AS n FROM ops.webhook_inbox WHERE status = 'processing' AND lease_until < now()`,
    );
    expect(backlog.abandoned).toBe(n);
    expect(n).toBeGreaterThan(0);
    const { id } = await world.row(`SELECT id::int AS id FROM ops.webhook_inbox WHERE dedupe_key = 'key 2951'`);
    expect(backlog.oldest?.id).toBe(id);
    expect(backlog.oldest?.overdueMs).toBeGreaterThan(2_950_000);
    expect(Object.fromEntries(dead.map((each) => [`${each.reason} ${each.source}`, each.count]))).toEqual({
      'attempts stripe': 20,
      'orphan stripe': 20,
      'attempts twilio': 20,
    });
    expect(
      (await stats('--since', new Date(Date.parse(asOf) - 3_600_000).toISOString())).total.received,
    ).toBeLessThanOrEqual(60);
  });

  it('leaves replayed events out of the latency, and counts replies that came too late', async () => {
    await world.add('orders', { id: 'o1', status: 'PENDING', paymentId: null });
    const [id] = await world.deliver({
      ...succeeded('o1'),
      receivedAt: new Date(Date.now() - 7_200_000).toISOString(),
    });
    await world.query(`UPDATE ops.webhook_inbox SET status = 'dead', dead_reason = 'attempts'`);
    expect((await run('replay', String(id), '--apply')).code).toBe(0);
    await world.query(`INSERT INTO ops.webhook_replies (event_id, body) VALUES ($1, 'Thanks')`, [id]);
    expect(await stats()).toMatchObject({
      total: { received: 1, processed: 1, p50Ms: null },
      backlog: { repliesNotHandedOut: 1, oldest: null },
    });
  });

  it('is readable, also with nothing to say', async () => {
    const empty = await run('stats');
    expect(empty.stdout).toMatch(/^Received since \S+, 24 h\nNothing\.\n/);
    expect(empty.stdout).toContain('Nothing was received in the last 35 days.');
    await world.query(FILL);
    const { stdout } = await smsfood(['webhooks', 'stats'], {
      env: { ...env(), NO_COLOR: '1' },
      terminal: true,
      columns: 80,
    });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stdout).toMatch(/Dead letters\n[\s\S]* 20 +orphan +stripe +charge\.refunded +2 d +54 min/);
    for (const args of [['--since', 'now'], ['--format', 'sarif'], ['extra']])
      expect((await run('stats', ...args)).code).toBe(2);
  });

  it('says of silence what the check says', async () => {
    // Stripe sent twelve events in the same three hours of four weeks, and none now; Twilio went on; EZTexting is new.
    await world.query(
      `INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, status, verified_by, content_hash)
       SELECT source, source || at, 'x', at, at, 'processed', 'secret 1', '' FROM (
         SELECT 'stripe' AS source, ((now() AT TIME ZONE 'America/New_York') - week * interval '7 days' - n * interval '14 minutes') AT TIME ZONE 'America/New_York' AS at
         FROM generate_series(1, 4) week, generate_series(0, 11) n
         UNION ALL SELECT 'stripe', now() - interval '3 hours' UNION ALL SELECT 'stripe', now() - interval '30 days'
         UNION ALL SELECT 'twilio', now() - n * interval '10 minutes' FROM generate_series(0, 4500) n
         UNION ALL SELECT 'eztexting', now() - interval '5 hours' - n * interval '10 minutes' FROM generate_series(0, 2000) n
       ) e WHERE at > now() - interval '34 days'`,
    );
    const { silences } = await stats();
    expect(Object.fromEntries(silences.map(({ source, verdict }) => [source, verdict]))).toEqual({
      stripe: 'silent',
      twilio: 'not silent',
      eztexting: 'unknown',
    });
    expect(silences.find(({ source }) => source === 'stripe')).toMatchObject({ usual: 12, weeks: 4 });
    const checked = await smsfood(['check', 'webhooks.silence', '--format', 'json'], { env: env() });
    expect(readDocument(checked.stdout).byId.get('webhooks.silence')).toMatchObject({
      status: 'warn',
      violations: 1,
      samples: [{ source: 'stripe', usual_events: 12 }],
    });
    expect((await run('stats')).stdout).toMatch(/^stripe: the last event came 3 h ago\. SILENT\./m);
  });
});

describe('webhooks prune', () => {
  const PruneSchema = z.looseObject({
    mode: z.string(),
    planned: z.object({ payloads: count, payloadBytes: count, events: count, dead: count, kept: count }),
    removed: z.object({ payloads: count, events: count }).nullable(),
  });
  async function prune(...args: string[]) {
    const { code, stdout, stderr } = await run('prune', ...args, '--format', 'json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return PruneSchema.parse(JSON.parse(stdout));
  }
  const left = async () =>
    (
      await world.rows(
        `SELECT dedupe_key AS key, p.event_id IS NOT NULL AS payload FROM ops.webhook_inbox i LEFT JOIN ops.webhook_payloads p ON p.event_id = i.id ORDER BY i.id`,
      )
    ).map(({ key, payload }) => `${key}${payload ? ' with payload' : ''}`);

  /** `key` tells the age in days and the status. */
  async function store(...events: [key: string, days: number, status: string, more?: { task?: string }][]) {
    for (const [key, days, status, { task = null } = {}] of events) {
      await world.query(
        `WITH e AS (
           INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, status, dead_reason, task, lease_token, lease_until, verified_by, content_hash)
           VALUES ('stripe', $1, 'x', now(), now() - $2 * interval '1 day', $3, CASE $3 WHEN 'dead' THEN 'orphan' END, $4,
             CASE $3 WHEN 'processing' THEN gen_random_uuid() END, CASE $3 WHEN 'processing' THEN now() END, 'secret 1', '') RETURNING id, received_at
         )
         INSERT INTO ops.webhook_payloads (event_id, body, received_at) SELECT id, 'abcd', received_at FROM e`,
        [key, days, status, task],
      );
    }
  }

  it('removes what is old and done, and nothing else, and nothing without --apply', async () => {
    await store(
      ['29.9', 29.9, 'processed'],
      ['30.1', 30.1, 'processed'],
      ['34.9', 34.9, 'dead'],
      ['35.1', 35.1, 'processed'],
      ['36 dead', 36, 'dead'],
      ['37', 37, 'ignored'],
      ['40 pending', 40, 'pending'],
      ['40 waiting', 40, 'waiting'],
      ['40 processing', 40, 'processing'],
      ['40 refund', 40, 'processed', { task: 'refund needed' }],
    );
    const planned = { payloads: 5, payloadBytes: 20, events: 3, dead: 1, kept: 4 };
    const before = await left();
    expect(await prune()).toMatchObject({ mode: 'dry-run', planned, removed: null });
    expect(await left()).toEqual(before);
    expect((await run('prune')).stdout).toMatch(
      /Dead letters among these events: 1\.[\s\S]*Kept although they are as old: 4,[\s\S]*Nothing was removed\. Add --apply/,
    );
    expect(await prune('--apply')).toMatchObject({ mode: 'apply', planned, removed: { payloads: 5, events: 3 } });
    expect(await left()).toEqual([
      '29.9 with payload',
      '30.1',
      '34.9',
      '40 pending with payload',
      '40 waiting with payload',
      '40 processing with payload',
      '40 refund with payload',
    ]);
    expect(await world.row(`SELECT status, summary FROM ops.runs WHERE command = 'webhooks prune'`)).toEqual({
      status: 'done',
      summary: { payloads: 5, events: 3 },
    });
    expect(await prune('--apply')).toMatchObject({ removed: { payloads: 0, events: 0 } });
    expect(await prune('--payload-days', '10')).toMatchObject({ planned: { payloads: 1 } });
  });

  it('takes attempts along, leaves the ledger, and what a replay has before it', async () => {
    await world.add('orders', { id: 'o1', status: 'PENDING', paymentId: null });
    await world.deliver(succeeded('o1'), stripeEvent('product.created', {}));
    await world.work();
    await world.query(
      `UPDATE ops.webhook_inbox SET received_at = now() - interval '40 days'; UPDATE ops.webhook_payloads SET received_at = now() - interval '40 days'`,
    );
    await world.query(
      `INSERT INTO ops.webhook_replays (id, filter, status, selected) SELECT id, '{}', 'running', 1 FROM ops.runs LIMIT 1;
       INSERT INTO ops.webhook_replay_events (replay_id, position, event_id) SELECT r.id, 1, i.id FROM ops.webhook_replays r, ops.webhook_inbox i WHERE event_type = 'product.created'`,
    );
    expect(await prune('--apply')).toMatchObject({ planned: { kept: 1 }, removed: { events: 1, payloads: 1 } });
    expect(await world.rows('SELECT event_id FROM ops.change_log')).toEqual([{ event_id: null }, { event_id: null }]);
    expect(await world.row('SELECT count(*)::int AS n FROM ops.webhook_attempts')).toEqual({ n: 1 });
    await world.query(`UPDATE ops.webhook_replays SET started_at = now() - interval '8 days'`); // killed, and never resumed
    expect(await prune('--apply')).toMatchObject({ removed: { events: 1 } });
  });

  it('works in batches', async () => {
    await world.query(
      `INSERT INTO ops.webhook_inbox (source, dedupe_key, event_type, occurred_at, received_at, status, verified_by, content_hash)
       SELECT 'stripe', 'evt_' || n, 'x', now(), now() - interval '50 days', 'processed', 'secret 1', '' FROM generate_series(1, 4500) n`,
    );
    expect(await prune('--apply')).toMatchObject({ planned: { events: 4500 }, removed: { events: 4500 } });
    expect(await world.row('SELECT count(*)::int AS n FROM ops.webhook_inbox')).toEqual({ n: 0 });
  });

  it.each([
    [['--key-days', '34'], /--key-days: must be at least 35/],
    [['--payload-days', '0'], /--payload-days:/],
    [['--payload-days', '40'], /--payload-days: 40 is more than --key-days/],
    [['--key-days', 'all'], /--key-days:/],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await run('prune', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
