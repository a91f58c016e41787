import type { FindingStatus } from '../report.js';

/** In the order in which they run: repair, then sum up, then judge what is left. */
export const STEP_NAMES = ['recycle', 'reconcile', 'segments', 'summaries', 'checks'] as const;
export type StepName = (typeof STEP_NAMES)[number];

/** What a check said, as far as a night tells of it. Money is integer cents. */
export interface Verdict {
  id: string;
  title: string;
  level: 'fail' | 'warn';
  status: FindingStatus;
  violations: number | null;
  cents: number | null;
  /** In a few words. */
  found: string;
  remedy: string | null;
  /** Compared with earlier runs; null where there is no history, and where there is nothing to say. */
  state: { is: 'new' | 'open' | 'resolved'; since: string } | null;
}

/** What a step comes to. Trouble is thrown. */
export interface StepOutcome {
  /** `findings`: something is left for a person. `errors`: a part of it could not be done. `skipped`: there is no point yet. */
  status: 'done' | 'findings' | 'errors' | 'skipped';
  /** One sentence. */
  message: string;
  /** Commands that show or settle what is left. */
  next: string[];
  /** What it counted. */
  counts: Record<string, number>;
  verdicts?: Verdict[];
}

export interface StepContext {
  /** Of the record that the step leaves as when it is called alone. */
  runId: string;
  /** Aborted when the night is told to stop, and when the step takes too long. */
  signal: AbortSignal;
  onProgress(text: string): void;
}

/** A part of the night, handed in as a value: features do not know each other. */
export interface Step {
  name: StepName;
  /** The command that shows by itself what the step is about, without changing anything. */
  command: string;
  run(context: StepContext): Promise<StepOutcome>;
}

export interface StepResult extends Omit<StepOutcome, 'status'> {
  name: StepName;
  /** `interrupted`: it was at work when the night was told to stop. */
  status: StepOutcome['status'] | 'interrupted';
  /** Of its own record (`smsfood runs show`); null where it left none, as dry runs do. */
  runId: string | null;
  startedAt: string | null;
  durationMs: number | null;
  error: { code: string | null; hint: string | null } | null;
}
