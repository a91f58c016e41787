import { SmsfoodError } from '../errors.js';
import type { Finding, Report } from '../report.js';
import { printableText } from './printable.js';

/** What the documented form says of the run; each is null where a command has no such thing. */
export interface RunFacts {
  startedAt: string | null;
  durationMs: number | null;
  exitCode: number | null;
}

/** The findings of a report, for the formats that show nothing else. */
export function findingsOf(report: Report, format: string): Finding[] {
  if (report.findings !== undefined) return report.findings;
  throw new SmsfoodError(
    'USAGE',
    `The format ${format} lists what was judged, and smsfood ${report.name} judges nothing.`,
    'Use --format table, json, csv or markdown.',
  );
}

/** The message, harmless, with what to do about it below. */
export function explain({ message, remedy }: Finding): string {
  return printableText(remedy === null ? message : `${message}\nRemedy: ${remedy}`);
}

export function runFactsOf({ document }: Report): RunFacts {
  const run = isRecord(document.run) ? document.run : {};
  const { startedAt, durationMs } = run;
  const { exitCode } = document;
  return {
    startedAt:
      typeof startedAt === 'string' && !Number.isNaN(Date.parse(startedAt)) ? new Date(startedAt).toISOString() : null,
    durationMs: typeof durationMs === 'number' ? durationMs : null,
    exitCode: typeof exitCode === 'number' ? exitCode : null,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
