import { describe, isConnectionLost, sqlState } from '../db/errors.js';
import { inSavepoint, type Session } from '../db/session.js';
import type { Snapshot } from '../db/snapshot.js';
import { type Answer, UnusableAnswer } from './answer.js';
import { buildStatement } from './build.js';
import type { GlobalParameters } from './parameters.js';
import type { Probe, Unit } from './plan.js';

/** Why a probe has no answer. */
export interface Failure {
  /** SQLSTATE, or a code of smsfood's own. */
  code: string;
  /** Redacted. */
  message: string;
  cause: unknown;
}

/** What is known of each probe when all units have run. */
export interface Measured {
  answers: Map<Probe, Answer>;
  failures: Map<Probe, Failure>;
  /** Wall time of the statement that answered it, in milliseconds. */
  durations: Map<Probe, number>;
  /** Statements sent. */
  queries: number;
  /** The database went away before everything was judged. */
  isLost: boolean;
}

interface Run {
  globals: GlobalParameters;
  /** Violating rows to show of each check. */
  samples: number;
  measured: Measured;
  onUnit(unit: Unit): void;
}

/**
 * Runs all units on the sessions of one snapshot, side by side. Each probe ends with an answer or with a failure of
 * its own: a statement that fails is halved until the culprit stands alone.
 */
export async function measureUnits(
  snapshot: Snapshot,
  units: readonly Unit[],
  options: Pick<Run, 'globals' | 'samples' | 'onUnit'>,
): Promise<Measured> {
  const measured: Measured = {
    answers: new Map(),
    failures: new Map(),
    durations: new Map(),
    queries: 0,
    isLost: false,
  };
  const run: Run = { ...options, measured };
  const queue = [...units];
  await Promise.all(snapshot.sessions.map((session) => work(run, snapshot, session, queue)));
  for (const unit of queue) failAll(run, unit.probes, lost());
  return measured;
}

/** SQLSTATE of a statement that its time-out ended. */
const TIMED_OUT = '57014';

async function work(run: Run, snapshot: Snapshot, first: Session, queue: Unit[]): Promise<void> {
  let session = first;
  for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
    run.onUnit(unit);
    const patience = { timeouts: patienceFor(unit) };
    const rest = await measure(run, session, unit, unit.probes, patience);
    if (rest.length === 0) continue;
    const fresh = await snapshot.replace(session);
    const left = fresh === null ? rest : await measure(run, fresh, unit, rest, patience);
    failAll(run, left, lost());
    if (fresh === null || left.length > 0) {
      run.measured.isLost = true;
      return;
    }
    session = fresh;
  }
}

/**
 * How many statements of a unit may run out of time before the rest of it is given up: enough to find two slow checks
 * among fast ones by halving, while a table that is too slow for all of them does not cost a time-out for each half.
 */
function patienceFor({ probes }: Unit): number {
  return 2 * Math.ceil(Math.log2(probes.length + 1)) + 1;
}

/** Answers the probes of a unit. Returns those left over when the connection was lost. */
async function measure(
  run: Run,
  session: Session,
  unit: Unit,
  probes: readonly Probe[],
  patience: { timeouts: number },
): Promise<readonly Probe[]> {
  if (patience.timeouts <= 0) {
    failAll(run, probes, {
      code: TIMED_OUT,
      message: 'not judged: the statement it belongs to is too slow',
      cause: null,
    });
    return [];
  }
  const started = performance.now();
  try {
    const answers = await ask(run, session, unit, probes);
    for (const [index, probe] of probes.entries()) {
      const answer = answers[index];
      if (answer !== undefined) run.measured.answers.set(probe, answer);
    }
  } catch (error) {
    if (isConnectionLost(error)) return probes;
    if (sqlState(error) === undefined && !(error instanceof UnusableAnswer)) throw error;
    if (sqlState(error) === TIMED_OUT) patience.timeouts--;
    if (probes.length > 1) {
      const half = Math.ceil(probes.length / 2);
      const left = await measure(run, session, unit, probes.slice(0, half), patience);
      if (left.length > 0) return [...left, ...probes.slice(half)];
      return measure(run, session, unit, probes.slice(half), patience);
    }
    failAll(run, probes, {
      code: error instanceof UnusableAnswer ? error.code : (sqlState(error) ?? ''),
      message: describe(error),
      cause: error,
    });
  }
  for (const probe of probes) run.measured.durations.set(probe, performance.now() - started);
  return [];
}

async function ask(run: Run, session: Session, unit: Unit, probes: readonly Probe[]): Promise<Answer[]> {
  const statement = buildStatement(unit, probes, run.globals, run.samples);
  run.measured.queries++;
  const { rows } = await inSavepoint(session, () => session.query(statement.text, statement.values));
  return statement.read(rows[0] ?? {});
}

function failAll(run: Run, probes: readonly Probe[], failure: Failure): void {
  for (const probe of probes) run.measured.failures.set(probe, failure);
}

function lost(): Failure {
  return { code: 'DB_LOST', message: 'not judged: the connection to the database was lost', cause: null };
}
