/** An attempt as it was recorded when it ended. */
export interface EndedAttempt {
  number: number;
  run: string;
  /** Of the run: `webhooks serve`, `work` or `replay`. */
  command: string;
  startedAt: string;
  finishedAt: string;
  result: string;
  error: string | null;
}

export interface AttemptRow {
  number: number;
  /** As it was recorded; `killed` where an attempt began and no end of it is known, `under way` where it may still come. */
  result: string;
  startedAt: string | null;
  durationMs: number | null;
  error: string | null;
  run: string | null;
  command: string | null;
}

/** What the inbox knows of the present round of attempts. */
export interface Standing {
  status: string;
  /** Attempts begun since receipt, or since the latest replay. */
  attempts: number;
  /** The lease of whoever is at work has not run out. */
  isLeased: boolean;
}

/**
 * All attempts in their order, with those that never came to an end: a number that is missing was counted before the work
 * and killed in it. A replay starts counting anew.
 */
export function allAttempts(ended: readonly EndedAttempt[], { status, attempts, isLeased }: Standing): AttemptRow[] {
  const all: AttemptRow[] = [];
  let last = 0;
  for (const attempt of ended) {
    if (attempt.number <= last) last = 0;
    all.push(...killed(last + 1, attempt.number - 1));
    last = attempt.number;
    const { startedAt, finishedAt, ...rest } = attempt;
    all.push({ ...rest, startedAt, durationMs: Date.parse(finishedAt) - Date.parse(startedAt) });
  }
  // A round of which no attempt has ended yet is known by its count alone, where that is lower than the last one's.
  const begun = attempts < last ? 0 : last;
  const open = killed(begun + 1, attempts);
  const latest = open.at(-1);
  if (latest !== undefined && status === 'processing' && isLeased) latest.result = 'under way';
  return [...all, ...open];
}

function killed(from: number, to: number): AttemptRow[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => ({
    number: from + index,
    result: 'killed',
    startedAt: null,
    durationMs: null,
    error: null,
    run: null,
    command: null,
  }));
}
