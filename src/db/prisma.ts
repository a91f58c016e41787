import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { z } from 'zod';
import { PrismaClient } from './generated/client.js';
import type { Pool } from './pool.js';

/**
 * The Prisma client over the same pool: for typed work on single rows. Costs about 200 ms for its first query. What the
 * server refuses is thrown as it is by node-postgres, so that trouble is put into words in one place.
 */
export function createPrisma(pool: Pool) {
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
