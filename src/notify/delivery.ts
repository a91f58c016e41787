/** What became of one message. Trouble is a value here: a channel that fails changes nothing of what it tells about. */
export interface Delivery {
  channel: 'slack' | 'ping' | 'metrics';
  delivered: boolean;
  /** A sentence for a person, without the address, which is a secret. */
  message: string;
}

/** How long a channel is tried, in all at most (retries + 1) times the time-out and a few seconds. */
export interface Patience {
  timeoutMs: number;
  retries: number;
  signal?: AbortSignal | undefined;
}

export const PATIENT: Patience = { timeoutMs: 10_000, retries: 2 };

/** For a program that was told to stop, and is killed where it takes its time. */
export const HURRIED: Patience = { timeoutMs: 4_000, retries: 0 };

/** Before the first repetition; twice that before the second. */
export const FIRST_PAUSE_MS = 500;
