import pino from 'pino';
import pretty from 'pino-pretty';
import type { LogLevel } from './log-level.js';
import { redact, redactRecord, redactValue } from './redaction.js';

export type Logger = pino.Logger;

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
  const logger = pino(
    {
      level,
      base: bindings,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: redactRecord,
      },
      // What pino does of itself with an error under this key, which nobody uses: its message, as it is, becomes the line's.
      errorKey: 'unredacted',
      serializers: { err: (error) => error },
      hooks: {
        logMethod(args, method) {
          const [first, ...rest] = args;
          // Other objects in the first place are redacted by formatters.log.
          const record = first instanceof Error ? { err: first } : typeof first === 'string' ? redact(first) : first;
          Reflect.apply(method, this, [record, ...rest.map((each) => redactValue(each))]);
        },
      },
    },
    { write: (line: string) => stream.write(format(line)) },
  );
  // pino takes formatters.bindings off its children.
  const { child } = logger;
  return Object.assign(logger, {
    child(this: Logger, own: pino.Bindings) {
      return child.call(this, redactRecord(own));
    },
  });
}
