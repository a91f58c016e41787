import pino from 'pino';
import pretty from 'pino-pretty';
import { redact, redactRecord } from './redaction.js';

export type Logger = pino.Logger;
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  level: LogLevel;
  /** Where the lines go: always standard error, since standard output is the result. */
  stream: { write(text: string): void };
  /** Readable lines instead of JSON: for a terminal. */
  pretty: boolean;
  color: boolean;
  /** On every line: runId, command. */
  bindings: Record<string, unknown>;
}

/**
 * Structured log on standard error. Messages and values are redacted here, at the one exit, because pino's own
 * `redact` knows only fixed paths and never looks into the message.
 */
export function createLogger({ level, stream, pretty: isPretty, color, bindings }: LoggerOptions): Logger {
  const format = isPretty ? pretty.prettyFactory({ colorize: color, ignore: 'runId,command' }) : String;
  return pino(
    {
      level,
      base: bindings,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        bindings: redactRecord,
        log: redactRecord,
      },
      hooks: {
        logMethod(args, method) {
          const [first, message, ...rest] = args;
          const text = typeof message === 'string' ? redact(message) : message;
          method.apply(this, [redactMessage(first), text, ...rest.map(redactMessage)]);
        },
      },
    },
    { write: (line: string) => stream.write(format(line)) },
  );
}

function redactMessage(argument: unknown): unknown {
  if (typeof argument === 'string') return redact(argument);
  // pino would take the error's message, as it is, for the line's own.
  return argument instanceof Error ? redactRecord({ err: argument }) : argument;
}
