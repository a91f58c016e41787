import { randomUUID } from 'node:crypto';
import { inWords } from '../db/errors.js';
import { SmsfoodError } from '../errors.js';
import { redact } from '../redaction.js';
import type { Step, StepName, StepResult } from './step.js';

export interface StepLimits {
  timeoutMs: number;
  /** Of the whole night. */
  signal: AbortSignal;
  onProgress(text: string): void;
}

/** Runs a step to its end, its time-out or its trouble, which is a result: the steps after it have their turn. */
export async function runStep(step: Step, { timeoutMs, signal, onProgress }: StepLimits): Promise<StepResult> {
  const runId = randomUUID();
  const started = performance.now();
  const begun = { name: step.name, runId, startedAt: new Date().toISOString() };
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(() => controller.abort(tooLong(timeoutMs)), timeoutMs);
  try {
    signal.throwIfAborted();
    const outcome = await step.run({ runId, signal: controller.signal, onProgress });
    return { ...begun, ...outcome, durationMs: performance.now() - started, error: null };
  } catch (error) {
    const durationMs = performance.now() - started;
    if (signal.aborted) return { ...begun, ...STOPPED, durationMs };
    return { ...begun, ...troubleOf(controller.signal.aborted ? controller.signal.reason : error, step), durationMs };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

type Ended = Pick<StepResult, 'status' | 'message' | 'next' | 'counts' | 'error'>;

/** A step that has no turn, and why. */
export function notRun(name: StepName, message: string): StepResult {
  return {
    name,
    status: 'skipped',
    message,
    next: [],
    counts: {},
    runId: null,
    startedAt: null,
    durationMs: null,
    error: null,
  };
}

function tooLong(timeoutMs: number): SmsfoodError {
  return new SmsfoodError(
    'STEP_TIMEOUT',
    `It took longer than ${timeoutMs / 1000} s and was stopped; what it had finished stays.`,
    'Give it more time with --step-timeout or nightly.stepTimeout, or run it by itself to see why.',
  );
}

const STOPPED: Ended = {
  status: 'interrupted',
  message: 'It was stopped; what it had finished stays.',
  next: [],
  counts: {},
  error: null,
};

function troubleOf(error: unknown, { name, command }: Step): Ended {
  const trouble = inWords(error, `finish the step ${name}`);
  const [message, code, hint] =
    trouble instanceof SmsfoodError
      ? [trouble.message, trouble.code, trouble.hint ?? null]
      : [
          `This is a bug in smsfood: ${trouble instanceof Error ? (trouble.stack ?? trouble.message) : trouble}`,
          null,
          null,
        ];
  return { status: 'errors', message: redact(message), next: [command], counts: {}, error: { code, hint } };
}
