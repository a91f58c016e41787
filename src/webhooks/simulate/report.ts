import type { Column, Report } from '../../report.js';
import { count } from '../../words.js';
import type { Source } from '../event.js';
import type { Sent } from './send.js';

export interface Simulation {
  source: Source;
  url: string;
  events: number;
  deliveries: number;
  /** Asked for, in deliveries a second. */
  rate: number;
  sent: Sent;
}

const isAccepted = (answer: string) => /^2\d\d$/.test(answer);

/** 1 where a delivery was not acknowledged. */
export function simulationExitCode({ sent }: Simulation): 0 | 1 {
  return [...sent.answers.keys()].every(isAccepted) ? 0 : 1;
}

/** `document` is `smsfood.webhook-simulation/1`. */
export function simulationReport(simulation: Simulation): Report {
  const { source, url, events, deliveries, rate, sent } = simulation;
  const rows = [...sent.answers].map(([answer, number]) => ({ answer, deliveries: number })).sort(byAnswer);
  const columns: Column[] = [
    { key: 'answer', label: 'Answer', kind: 'id' },
    { key: 'deliveries', label: 'Deliveries', kind: 'integer' },
  ];
  const reached = sent.durationMs > 0 ? (deliveries * 1000) / sent.durationMs : null;
  const latencyMs = { p50: percentile(sent.latencies, 0.5), p99: percentile(sent.latencies, 0.99) };
  return {
    name: 'webhooks simulate',
    document: {
      schema: 'smsfood.webhook-simulation/1',
      source,
      url,
      events,
      deliveries,
      rate,
      reachedRate: reached,
      durationMs: sent.durationMs,
      answers: Object.fromEntries(sent.answers),
      latencyMs,
      exitCode: simulationExitCode(simulation),
    },
    table: { columns, rows },
    sections: [
      {
        lines: [
          `Sent ${count(deliveries, 'delivery', 'deliveries')} of ${count(events, `${source} event`)} to ${url}.`,
        ],
      },
      { table: { columns, rows } },
      {
        lines: [
          `${milliseconds(latencyMs.p50)} to the answer in the middle (p50), ${milliseconds(latencyMs.p99)} at the 99th percentile.`,
          `${(reached ?? 0).toFixed(0)} a second in ${(sent.durationMs / 1000).toFixed(1)} s; ${rate} were asked for.`,
        ],
      },
    ],
    sandbox: false,
  };
}

function byAnswer(a: { answer: string }, b: { answer: string }): number {
  return a.answer < b.answer ? -1 : 1;
}

/** The smallest value that so large a share of all does not exceed; null of none. */
function percentile(ascending: readonly number[], share: number): number | null {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? null;
}

function milliseconds(value: number | null): string {
  return value === null ? 'No answer' : `${value.toFixed(1)} ms`;
}
