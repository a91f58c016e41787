import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import * as z from 'zod';
import { cancelBackend } from './cancel.js';
import { PrismaClient } from './generated/client.js';
import type { Pool } from './pool.js';
import type { Access } from './session.js';
import { settingsStatement } from './settings.js';

/**
 * The Prisma client over the same pool: for typed work on single rows. Costs about 200 ms for its first query. What the
 * server refuses is thrown as it is by node-postgres, so that trouble is put into words in one place.
 */
function createPrisma(pool: Pool) {
  const client = new PrismaClient({ adapter: new PrismaPg(pool.pg, { disposeExternalPool: false }) });
  return client.$extends({
    query: {
      async $allOperations({ args, query }) {
        try {
          return await query(args);
        } catch (error) {
          throw asServerError(error);
        }
      },
    },
  });
}

/** What a reading session offers. */
export type PrismaReader = Pick<
  ReturnType<typeof createPrisma>,
  | 'change'
  | 'checkResult'
  | 'run'
  | 'webhookAttempt'
  | 'webhookEvent'
  | 'webhookPayload'
  | 'webhookReplayEvent'
  | 'webhookReply'
>;

/**
 * Typed reading under the discipline of every session: one READ ONLY REPEATABLE READ transaction, bounded in time, ended
 * by the signal. `now` is the database's clock. Ask one thing after the other: there is one connection, and a query that
 * includes several relations sends for them all at once, which node-postgres warns of.
 */
export async function inPrismaSession<T>(
  pool: Pool,
  { limits, signal }: Access,
  work: (prisma: PrismaReader, now: string) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  let onAbort = () => {};
  try {
    return await createPrisma(pool).$transaction(
      async (transaction) => {
        await transaction.$executeRawUnsafe('SET TRANSACTION READ ONLY');
        const [backend] = await transaction.$queryRawUnsafe<{ pid: number }[]>(settingsStatement(pool, { limits }));
        onAbort = () => void cancelBackend(pool, backend?.pid ?? 0);
        signal.addEventListener('abort', onAbort, { once: true });
        signal.throwIfAborted();
        const [clock] = await transaction.$queryRaw<{ now: Date }[]>`SELECT transaction_timestamp() AS now`;
        return await work(transaction, clock?.now.toISOString() ?? '');
      },
      { isolationLevel: 'RepeatableRead', maxWait: pool.connectTimeoutMs, timeout: limits.idleInTransactionTimeoutMs },
    );
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Where Prisma keeps what the server said; its own message quotes our source. */
const ServerErrorSchema = z.object({
  meta: z.object({
    driverAdapterError: z.object({ cause: z.object({ originalCode: z.string(), originalMessage: z.string() }) }),
  }),
});

function asServerError(error: unknown): unknown {
  const parsed = ServerErrorSchema.safeParse(error);
  if (!parsed.success) return error;
  const { originalCode, originalMessage } = parsed.data.meta.driverAdapterError.cause;
  const serverError = new pg.DatabaseError(originalMessage, originalMessage.length, 'error');
  return Object.assign(serverError, { code: originalCode, cause: error });
}
