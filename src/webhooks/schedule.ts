const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long to wait after each attempt that failed, in milliseconds. */
const DELAYS = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  12 * HOUR,
  24 * HOUR,
] as const;

export const MAX_ATTEMPTS = DELAYS.length + 1;

/** SQL for the time of the next attempt after `attempts` of them: 20% more or less, so that what failed together comes back apart. */
export const NEXT_ATTEMPT_AT = `clock_timestamp() + (ARRAY[${DELAYS.join(', ')}])[attempts] * (0.8 + 0.4 * random()) * interval '1 millisecond'`;

/** Before the handler's first statement until after its last, of any event. A worker that is gone holds its events no longer. */
export const LEASE_MS = 60 * SECOND;

/** What is left of a batch after this is given back, so that no lease ends while its events wait for their turn. */
export const BATCH_MS = LEASE_MS / 3;

/** An order by SMS that is older is not cooked by itself. */
export const STALE_MS = 30 * MINUTE;

/** A row that an event is about, and that is not there yet, has this long to appear. */
export const ORPHAN_MS = 15 * MINUTE;
