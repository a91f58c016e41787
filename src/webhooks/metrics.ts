import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Pool } from '../db/pool.js';
import { inSession, type Session, type SessionLimits } from '../db/session.js';
import type { Source } from './event.js';
import type { Spool } from './spool.js';

/** What the receiver counts, and what it reads from the database when it is asked. */
export interface Metrics {
  received(source: Source, kind: 'new' | 'repeated' | 'spooled', seconds: number): void;
  rejected(source: Source | 'none', reason: string): void;
  /** An attempt of a worker in this process. */
  attempted(source: Source, result: string, seconds: number): void;
  /** In the text format of Prometheus. What cannot be read is left out: unknown is not zero. */
  text(): Promise<string>;
  contentType: string;
}

export interface MetricsOptions {
  database(): Pool | null;
  spool: Spool | null;
  limits: SessionLimits;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics({ database, spool, limits }: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name: `smsfood_webhooks_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Histogram({ name: `smsfood_webhooks_${name}`, help, labelNames, buckets: SECONDS, registers });
  const gauge = (name: string, help: string) => new Gauge({ name: `smsfood_webhooks_${name}`, help, registers });

  const receivedTotal = counter('received_total', 'Deliveries that were acknowledged.', ['source']);
  const duplicatesTotal = counter('duplicates_total', 'Of these, deliveries of an event that was there already.', [
    'source',
  ]);
  const spooledTotal = counter('spooled_total', 'Of these, deliveries that were written to the spool.', ['source']);
  const rejectedTotal = counter('rejected_total', 'Requests that were not acknowledged, by reason.', [
    'source',
    'reason',
  ]);
  const acknowledgement = histogram('acknowledgement_seconds', 'From the last byte of a delivery to its commit.', [
    'source',
  ]);
  const attemptsTotal = counter('attempts_total', 'Attempts of the workers in this process, by their end.', [
    'source',
    'result',
  ]);
  const processing = histogram('processing_seconds', 'Time of one attempt of the workers in this process.', ['source']);
  const fromDatabase = {
    oldest_pending_seconds: gauge(
      'oldest_pending_seconds',
      'Age of the oldest event that is due or being worked on; 0 for none.',
    ),
    pending: gauge('pending', 'Events that are to be worked on, or are.'),
    waiting: gauge('waiting', 'Events that wait for a row.'),
    dead: gauge('dead', 'Events that were given up.'),
  };
  const spoolEvents = gauge('spool_events', 'Events in the spool.');
  const spoolBytes = gauge('spool_bytes', 'Size of the spool.');

  return {
    received(source, kind, seconds) {
      receivedTotal.inc({ source });
      if (kind === 'repeated') duplicatesTotal.inc({ source });
      if (kind === 'spooled') spooledTotal.inc({ source });
      acknowledgement.observe({ source }, seconds);
    },
    rejected: (source, reason) => rejectedTotal.inc({ source, reason }),
    attempted(source, result, seconds) {
      attemptsTotal.inc({ source, result });
      processing.observe({ source }, seconds);
    },
    async text() {
      const pool = database();
      const state = pool === null ? null : await inSession(pool, { mode: 'read', limits }, readState).catch(() => null);
      for (const [name, each] of Object.entries(fromDatabase)) {
        const value = state?.[name];
        if (value === undefined) each.remove();
        else each.set(value);
      }
      const { events, bytes } = spool?.waiting() ?? { events: 0, bytes: 0 };
      spoolEvents.set(events);
      spoolBytes.set(bytes);
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

async function readState(session: Session): Promise<Record<string, number> | null> {
  const { rows } = await session.query<Record<string, number>>(
    `SELECT coalesce(extract(epoch FROM clock_timestamp() - min(received_at) FILTER (WHERE status <> 'waiting' AND next_attempt_at <= now())), 0)::float8 AS oldest_pending_seconds,
       count(*) FILTER (WHERE status <> 'waiting') AS pending, count(*) FILTER (WHERE status = 'waiting') AS waiting,
       (SELECT count(*) FROM ops.webhook_inbox WHERE status = 'dead') AS dead
     FROM ops.webhook_inbox WHERE status IN ('pending', 'waiting') OR status = 'processing'`,
  );
  return rows[0] ?? null;
}
