import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Session } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import { keyHash } from './build.js';
import type { ParsedCheck } from './check-file.js';
import { createBinder, type GlobalParameters } from './parameters.js';

const BaselineSchema = z.strictObject({
  schema: z.literal('smsfood.baseline/1'),
  createdAt: z.iso.datetime(),
  checks: z.record(
    z.string(),
    z.strictObject({
      owner: z.string().nullable(),
      reason: z.string(),
      /** From this day on (UTC) the entry no longer excuses anything. */
      expires: z.iso.date(),
      /** Hashed row keys, sorted, so that the file changes line by line. */
      keys: z.array(z.string().regex(/^[0-9a-f]{16}$/)),
    }),
  ),
});
export type Baseline = z.infer<typeof BaselineSchema>;

/** More accepted violations than this are no list of exceptions but a rule that does not hold. */
const MAX_KEYS = 100_000;

/** Reads a baseline file. Throws BASELINE_INVALID with the place. */
export function readBaseline(path: string): Baseline {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SmsfoodError(
      'BASELINE_INVALID',
      `The baseline ${path} cannot be read or is not JSON.`,
      'Write one with `smsfood check --write-baseline FILE`.',
      {
        cause: error,
      },
    );
  }
  const parsed = BaselineSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new SmsfoodError(
    'BASELINE_INVALID',
    `The baseline ${path} is not valid at "${issue?.path.join('.')}": ${issue?.message}.`,
  );
}

/** The hashed keys that a baseline still excuses on a day, and how many have expired, by check id. */
export function activeKeys(
  baseline: Baseline,
  now: string,
): { known: Map<string, string[]>; expired: Map<string, number> } {
  const known = new Map<string, string[]>();
  const expired = new Map<string, number>();
  for (const [id, entry] of Object.entries(baseline.checks)) {
    if (entry.expires > now.slice(0, 10)) known.set(id, [...new Set(entry.keys)]);
    else expired.set(id, entry.keys.length);
  }
  return { known, expired };
}

/** The hashed keys of all rows that violate a check. Throws where they are too many to be exceptions. */
export async function violatingKeys(
  session: Session,
  check: ParsedCheck,
  globals: GlobalParameters,
): Promise<string[]> {
  const binder = createBinder(globals);
  const text = `SELECT DISTINCT ${keyHash(check.key)} AS hash FROM (\n${binder.bind(check.sql, check.parameters)}\n) AS result ORDER BY 1 LIMIT ${MAX_KEYS + 1}`;
  const { rows } = await session.query<{ hash: string }>(text, binder.values);
  if (rows.length > MAX_KEYS) {
    throw new SmsfoodError(
      'BASELINE_INVALID',
      `${check.id} has more than ${MAX_KEYS} violations, too many for a baseline.`,
      `Leave it out of the selection, or give it a threshold in the configuration: checks.overrides["${check.id}"].`,
    );
  }
  return rows.map(({ hash }) => hash);
}

const EXCUSED_DAYS = 90;

/** A baseline of all violations of a run; `expires` defaults to a quarter from now. */
export function newBaseline(
  checks: readonly ParsedCheck[],
  run: { now: string; keys: ReadonlyMap<string, string[]> },
  { reason, expires }: { reason: string; expires: string | undefined },
): Baseline {
  const day = expires ?? new Date(Date.parse(run.now) + EXCUSED_DAYS * 86_400_000).toISOString().slice(0, 10);
  const entries = checks.flatMap(({ id, owner }) => {
    const keys = run.keys.get(id);
    return keys === undefined ? [] : [[id, { owner, reason, expires: day, keys }] as const];
  });
  return { schema: 'smsfood.baseline/1', createdAt: run.now, checks: Object.fromEntries(entries) };
}
