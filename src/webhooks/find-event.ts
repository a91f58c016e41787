import type { PrismaReader } from '../db/prisma.js';
import { SmsfoodError } from '../errors.js';
import { SOURCES } from './event.js';
import { literally } from './filter.js';

/** PostgreSQL's largest bigint has 19 digits; nothing longer is an id. */
const ID = /^\d{1,18}$/;

/**
 * The id of the event that a person means: by its id, by the provider's key (with its source before a colon where that is
 * needed), or by the beginning of the key. Throws NOT_FOUND, also where several begin so.
 */
export async function findEvent(prisma: PrismaReader, text: string): Promise<bigint> {
  const wanted = text.trim();
  if (ID.test(wanted)) {
    const event = await prisma.webhookEvent.findUnique({ where: { id: BigInt(wanted) }, select: { id: true } });
    if (event !== null) return event.id;
  }
  const source = SOURCES.find((each) => wanted.startsWith(`${each}:`));
  const key = source === undefined ? wanted : wanted.slice(source.length + 1);
  const ofSource = source === undefined ? {} : { source };
  const select = { id: true, source: true, dedupeKey: true };
  const exact = await prisma.webhookEvent.findMany({ where: { ...ofSource, dedupeKey: key }, select, take: 3 });
  const found =
    exact.length > 0 || key === ''
      ? exact
      : await prisma.webhookEvent.findMany({
          where: { ...ofSource, dedupeKey: { startsWith: literally(key) } },
          orderBy: { id: 'desc' },
          select,
          take: 3,
        });
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first.id;
  if (first === undefined) {
    throw new SmsfoodError(
      'NOT_FOUND',
      `No event of the inbox is called "${wanted}".`,
      "List them with `smsfood webhooks list`; the first characters of a provider's id are enough.",
    );
  }
  throw new SmsfoodError(
    'NOT_FOUND',
    `Several events are called "${wanted}", or begin so: ${found.map((each) => `${each.source}:${each.dedupeKey}`).join(', ')}.`,
    'Give more of the id, with its source before it.',
  );
}
