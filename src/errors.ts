/** Every code that smsfood prints, with the exit code that follows from it. README.md lists them; a test compares. */
export const ERROR_CODES = {
  USAGE: 2,
  CONFIG_INVALID: 2,
  CHECK_FILE_INVALID: 2,
  NOTHING_SELECTED: 2,
  NO_DATABASE: 2,
  NOT_FOUND: 2,
  ALREADY_UNDONE: 2,
  OPS_NOT_INSTALLED: 3,
  BASELINE_INVALID: 2,
  EVENTS_FILE_INVALID: 2,
  FILE_EXISTS: 2,
  MANIFEST_INVALID: 2,
  HISTORY_MISSING: 3,
  DB_UNREACHABLE: 3,
  DB_HOST_UNKNOWN: 3,
  DB_AUTH_FAILED: 3,
  DB_NOT_FOUND: 3,
  DB_TLS: 3,
  DB_POOLER: 3,
  DB_TIMEOUT: 3,
  DB_LOST: 3,
  DB_PERMISSION: 3,
  DB_QUERY_FAILED: 3,
  MIGRATION_CHANGED: 3,
  LOCKED: 3,
  TOO_MANY_CHANGES: 3,
  TOO_FEW_CUSTOMERS: 3,
  STEP_TIMEOUT: 3,
  SANDBOX_FAILED: 3,
  RECEIVER_UNREACHABLE: 3,
  STRIPE_FAILED: 3,
  FILE_NOT_WRITTEN: 3,
  SPOOL_FAILED: 3,
  PORT_UNAVAILABLE: 3,
  INTERRUPTED: 130,
  TERMINATED: 143,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * Trouble that a person can act on: `message` says what happened and where, `hint` what to do next.
 * Anything else that is thrown is a bug in smsfood and is printed with its stack.
 */
export class SmsfoodError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SmsfoodError';
    this.code = code;
    this.hint = hint;
  }

  get exitCode(): number {
    return ERROR_CODES[this.code];
  }
}

/** The operating system's code of an error, such as `ENOENT`; empty for any other. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
