import pg from 'pg';
import { SmsfoodError, systemCode } from '../errors.js';
import { redact } from '../redaction.js';

/** SQLSTATE of an error that the server sent, undefined for any other. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

const LOST_STATES = ['57P01', '57P02', '57P05', '25P03', '08003', '08006'];

/** The connection is gone: nothing more can be asked on it. */
export function isConnectionLost(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return LOST_STATES.includes(state);
  if (['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNREFUSED'].includes(systemCode(error))) return true;
  return (
    error instanceof Error &&
    /connection terminated|not queryable|connection ended|client was closed/i.test(error.message)
  );
}

const AWAY_CODES: readonly string[] = [
  'DB_UNREACHABLE',
  'DB_HOST_UNKNOWN',
  'DB_AUTH_FAILED',
  'DB_NOT_FOUND',
  'DB_TLS',
  'DB_POOLER',
  'DB_TIMEOUT',
  'DB_LOST',
];

/** Disk full, too many connections, starting, dropped, read only. What one statement alone may bring about is none of them. */
const AWAY_STATES: readonly string[] = ['53100', '53300', '57P03', '57P04', '25006'];

/** Nothing can be done there for now, whatever is asked: it is down, starts, is full, or is a standby since a moment ago. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof SmsfoodError) return AWAY_CODES.includes(error.code);
  const state = sqlState(error);
  if (state === '25P03') return false; // this transaction idled, on a server that works
  return isConnectionLost(error) || (state !== undefined && AWAY_STATES.includes(state));
}

/** The server or the way to it is the trouble, not smsfood. */
export function isDatabaseTrouble(error: unknown): boolean {
  return sqlState(error) !== undefined || isConnectionLost(error);
}

/** Turns what a statement threw into a sentence for a person. `what` completes "could not …". */
export function statementError(error: unknown, what: string): SmsfoodError {
  if (error instanceof SmsfoodError) return error;
  const state = sqlState(error);
  const reason = describe(error);
  if (isConnectionLost(error)) {
    return new SmsfoodError(
      'DB_LOST',
      `The connection to the database was lost; could not ${what}.`,
      'Run the command again when the database is back.',
      { cause: error },
    );
  }
  if (state === '57014' || state === '55P03') {
    return new SmsfoodError(
      'DB_TIMEOUT',
      `The database took too long; could not ${what}: ${reason}.`,
      'Raise database.statementTimeout or database.lockTimeout in the configuration.',
      { cause: error },
    );
  }
  if (state === '42501' || state === '25006') {
    return new SmsfoodError(
      'DB_PERMISSION',
      `The database does not allow it; could not ${what}: ${reason}.`,
      'Use a role with the privilege, on the primary server; `smsfood doctor` shows what this one may do.',
      { cause: error },
    );
  }
  return new SmsfoodError(
    'DB_QUERY_FAILED',
    `Could not ${what}: ${reason}${state === undefined ? '' : ` (SQLSTATE ${state})`}.`,
    'Run `smsfood doctor`: it compares the database with what smsfood expects.',
    { cause: error },
  );
}

/**
 * What to do with the trouble of a session: throws the reason of the signal, where that was the trouble, else what it is
 * in words. `what` completes "could not …".
 */
export function couldNot(what: string, signal?: AbortSignal): (error: unknown) => never {
  return (error) => {
    signal?.throwIfAborted();
    throw statementError(error, what);
  };
}

/** Trouble of the database that no feature has put into words is no bug, and its own words may quote a row. */
export function inWords(error: unknown, what: string): unknown {
  return isDatabaseTrouble(error) ? statementError(error, what) : error;
}

/** Classes whose messages name objects of the schema. Messages of other classes may quote a row's values. */
const SAFE_CLASSES = /^(?:42|57|53|54|55|08|25|26|28|3D|3F|0A|58)/;

/** What casting a row's value to regclass, regtype and the like raises. A name of the statement has a position in it and no context. */
const NAME_CASTS = ['42P01', '42601', '42602', '42704', '42725', '42883'];

/**
 * The server's message, without values of rows: those of data exceptions ("invalid input syntax for type integer:
 * "John"") lose everything in quotes, and DETAIL, which quotes whole rows, is never used.
 */
export function describe(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
  const state = sqlState(error);
  if (state === undefined || !(error instanceof pg.DatabaseError)) return redact(message);
  if (state.startsWith('P0')) return 'a function raised an error, whose text may hold data and is not shown';
  const isOfStatement = error.position !== undefined && error.where === undefined;
  const isSafe = SAFE_CLASSES.test(state) && (isOfStatement || !NAME_CASTS.includes(state));
  return redact(isSafe ? message : withoutValues(message));
}

/** From the first quote to the last, as values are quoted with their own quotes in them, in the server's language. */
function withoutValues(message: string): string {
  const quoted = message.replace(/["»«„“].*["»«”“]/s, '"•••"');
  return quoted.includes('•••') ? quoted : quoted.replace(/:[^:]*$/s, '');
}
