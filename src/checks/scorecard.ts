import { couldNot } from '../db/errors.js';
import { inSession } from '../db/session.js';
import { countByStatus, type FindingStatus } from '../report.js';
import type { Level } from './check.js';
import type { History } from './history.js';

export interface Scored {
  id: string;
  dimension: string;
  level: Level;
  status: FindingStatus;
}

export interface Score {
  name: string;
  /** 0 to 100; null where nothing could be judged. */
  score: number | null;
  previous: number | null;
  checks: number;
  failing: number;
  /** In error or skipped: they do not count, and are shown. */
  unjudged: number;
}

/**
 * Share of what could be right that is right, 0 to 100: checks weigh 2 at level fail and 1 at level warn; a pass earns
 * its weight, a warning of a fail-level check half of it, any other finding nothing. Unjudged checks do not count.
 */
export function score(results: readonly Scored[]): number | null {
  let earned = 0;
  let possible = 0;
  for (const { level, status } of results) {
    if (status === 'error' || status === 'skipped') continue;
    const weight = level === 'fail' ? 2 : 1;
    possible += weight;
    if (status === 'pass') earned += weight;
    else if (status === 'warn' && level === 'fail') earned += weight / 2;
  }
  return possible === 0 ? null : Math.round((earned / possible) * 1000) / 10;
}

/** The score of a group, with that of the past beside it. */
export function scoreOf(name: string, results: readonly Scored[], past: readonly Scored[]): Score {
  const { fail, warn, error, skipped } = countByStatus(results);
  return {
    name,
    score: score(results),
    previous: score(past),
    checks: results.length,
    failing: fail + warn,
    unjudged: error + skipped,
  };
}

/** Scores by group, the worst first, with those of the past beside them. */
export function scoresBy(
  results: readonly Scored[],
  past: readonly Scored[],
  groupOf: (result: Scored) => string,
): Score[] {
  const names = [...new Set(results.map(groupOf))];
  return names
    .map((name) => {
      const isOwn = (result: Scored) => groupOf(result) === name;
      return scoreOf(name, results.filter(isOwn), past.filter(isOwn));
    })
    .sort((a, b) => (a.score ?? 101) - (b.score ?? 101) || a.name.localeCompare(b.name));
}

/** The last judged result of each check before this run. Empty where there is no history. */
export async function pastResults(
  history: History & { kind: 'open' },
  ids: readonly string[],
): Promise<{ results: Scored[]; at: string | null }> {
  return inSession(history.pool, { mode: 'read', limits: history.limits, signal: history.signal }, async (session) => {
    const { rows } = await session.query<Scored & { at: string }>(
      `SELECT DISTINCT ON (c.check_id) c.check_id AS id, c.dimension, c.level, c.status, r.started_at AS at
         FROM ops.check_results c JOIN ops.runs r ON r.id = c.run_id
         WHERE c.check_id = ANY ($1::text[]) AND c.scope = 'all' AND c.status IN ('pass', 'warn', 'fail')
         ORDER BY c.check_id, r.started_at DESC`,
      [ids],
    );
    const at =
      rows
        .map((row) => row.at)
        .sort()
        .at(-1) ?? null;
    return { results: rows, at };
  }).catch(couldNot('read the history', history.signal));
}
