import { describe } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import { inSession, type Session } from '../db/session.js';
import { type AttemptOptions, type Prediction, predictEvent } from './attempt.js';
import { type InboxEvent, readEvents } from './claim.js';

/** What a replay would do, in one word; `unknown` where it cannot be tried here. */
export type Effect = 'change' | 'no-op' | 'error' | 'unknown';

export interface Predicted {
  effect: Effect;
  /** How the attempt would end; null where it cannot be tried. */
  result: Prediction['result'] | null;
  /** One sentence without personal data. */
  text: string;
  task: string | null;
  changes: Prediction['changes'];
}

/** Why nothing can be tried with this role on this server; null where it can. */
export async function obstacleToPrediction(
  pool: Pool,
  access: Pick<AttemptOptions, 'limits' | 'signal'>,
): Promise<string | null> {
  return inSession(pool, { mode: 'read', ...access }, async (session) => {
    const { rows } = await session.query<{ standby: boolean; may: boolean }>(
      `SELECT pg_is_in_recovery() AS standby,
         has_table_privilege('ops.runs', 'INSERT') AND has_table_privilege('ops.change_log', 'INSERT') AS may`,
    );
    if (rows[0]?.standby === true)
      return 'This server is a standby: what a replay does can be tried on the primary only.';
    return rows[0]?.may === true ? null : 'This role may not write, and so cannot try what a replay does.';
  });
}

/** Tries an event of the inbox, or one that `find` puts there, and takes everything back. */
export async function predict(
  pool: Pool,
  find: number | ((session: Session) => Promise<InboxEvent>),
  options: AttemptOptions,
): Promise<Predicted> {
  const prediction = await predictEvent(pool, typeof find === 'number' ? byId(find) : find, options);
  const { result, text, task, changes } = prediction;
  const isError = result === 'retry' || result === 'dead' || result === 'lost';
  return { effect: isError ? 'error' : changes.length > 0 ? 'change' : 'no-op', result, text, task, changes };
}

const byId = (id: number) => async (session: Session) => {
  const [event] = await readEvents(session, [id]);
  if (event === undefined) throw new Error(`event ${id} is gone`);
  return event;
};

/** For one event that is only looked at: trouble is said in its place, and everything else is shown. */
export async function predictOrSayWhy(pool: Pool, id: number, options: AttemptOptions): Promise<Predicted> {
  const unknown = (text: string): Predicted => ({ effect: 'unknown', result: null, text, task: null, changes: [] });
  try {
    const obstacle = await obstacleToPrediction(pool, options);
    return obstacle === null ? await predict(pool, id, options) : unknown(obstacle);
  } catch (error) {
    options.signal.throwIfAborted();
    return unknown(`It could not be tried: ${describe(error)}.`);
  }
}
