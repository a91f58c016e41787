import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { requireOps } from '../db/requirements.js';
import { inRun } from '../db/run.js';
import { inSession, type SessionLimits } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { findEvent } from './find-event.js';

export interface RefundedOptions {
  runId: string;
  /** Who says so, for the record. */
  user: string;
  limits: SessionLimits;
  signal: AbortSignal;
}

/**
 * Records that the payment of an event was refunded by other means than Stripe's, whose charge.refunded settles it by
 * itself. Returns the event's id. Throws NOT_FOUND, and USAGE where the event asks for no refund.
 */
export async function recordRefund(pool: Pool, text: string, options: RefundedOptions): Promise<number> {
  await requireOps(pool, 'webhook_inbox', options);
  const { inPrismaSession } = await import('../db/prisma.js');
  const id = await inPrismaSession(pool, options, (prisma) => findEvent(prisma, text).then(Number)).catch(
    couldNot('look for the event', options.signal),
  );
  const { runId, user } = options;
  const run = {
    ...options,
    id: runId,
    command: 'webhooks refunded',
    feature: 'webhooks refunded',
    arguments: { event: id, user },
    writes: [],
  };
  await inRun(pool, run, async () => {
    await settle(pool, id, options);
    return { value: null, exitCode: 0, summary: { settled: 1 } };
  });
  return id;
}

async function settle(pool: Pool, id: number, options: RefundedOptions): Promise<void> {
  const settled = await inSession(pool, { mode: 'write', ...options }, async (session) => {
    const { rowCount } = await session.query(
      `UPDATE ops.webhook_inbox SET task = NULL, outcome = concat_ws(' ', outcome, $2::text) WHERE id = $1 AND task = 'refund needed'`,
      [id, `The refund was recorded by hand, in run ${options.runId.slice(0, 8)}.`],
    );
    return rowCount === 1;
  }).catch(couldNot('record the refund', options.signal));
  if (settled) return;
  throw new SmsfoodError(
    'USAGE',
    `Event ${id} asks for no refund: none was needed, or it is settled.`,
    'See `smsfood webhooks list --needs-refund`.',
  );
}
