import type { Column, Report } from '../report.js';
import { grouped, tenths } from '../words.js';
import type { Pruned } from './prune.js';

export interface PruneReportOptions {
  runId: string;
  payloadDays: number;
  keyDays: number;
  sandbox: boolean;
}

/** `document` is `smsfood.webhook-prune/1`. */
export function pruneReport({ mode, now, planned, removed }: Pruned, options: PruneReportOptions): Report {
  const { runId, payloadDays, keyDays, sandbox } = options;
  const rows = [
    { what: `payloads older than ${payloadDays} days`, old: planned.payloads, removed: removed?.payloads ?? null },
    { what: `events older than ${keyDays} days`, old: planned.events, removed: removed?.events ?? null },
  ];
  const columns: Column[] = [
    { key: 'what', label: 'What', kind: 'text' },
    { key: 'old', label: 'To remove', kind: 'integer' },
    { key: 'removed', label: 'Removed', kind: 'integer' },
  ];
  return {
    name: 'webhooks prune',
    document: {
      schema: 'smsfood.webhook-prune/1',
      run: { id: runId, now },
      mode,
      payloadDays,
      keyDays,
      planned,
      removed,
    },
    table: { columns, rows },
    sections: [
      { table: { columns: mode === 'apply' ? columns : columns.slice(0, 2), rows } },
      {
        lines: [
          `The payloads take ${tenths(planned.payloadBytes / 1e6)} MB. Attempts and replies go with their event.`,
          ...(planned.dead > 0
            ? [`Dead letters among these events: ${grouped(planned.dead)}. Nobody can replay them afterwards.`]
            : []),
          ...(planned.kept > 0
            ? [
                `Kept although they are as old: ${grouped(planned.kept)}, not done yet, with a refund to make, or in a replay.`,
              ]
            : []),
          ...(mode === 'dry-run' ? ['Nothing was removed. Add --apply to remove them.'] : []),
        ],
      },
    ],
    sandbox,
  };
}
