import type { Column, Report } from '../report.js';
import { grouped } from '../words.js';
import { type Retention, retentionExitCode } from './retention.js';

/** What `webhooks prune` found and did. */
export interface PrunedWebhooks {
  payloads: { due: number; done: number | null };
  events: { due: number; done: number | null };
}

export interface RetentionView {
  runId: string;
  days: { messages: number; ledger: number; payloads: number; events: number };
  /** Null where the inbox is not installed. */
  webhooks: PrunedWebhooks | null;
  sandbox: boolean;
}

/** `document` is `smsfood.privacy-retention/1`. */
export function retentionReport(retention: Retention, view: RetentionView): Report {
  const { mode, now, busy, tooMany } = retention;
  const rows = periods(retention, view);
  const columns: Column[] = [
    { key: 'table', label: 'Table', kind: 'id' },
    { key: 'what', label: 'What', kind: 'text' },
    { key: 'days', label: 'Kept, days', kind: 'integer' },
    { key: 'due', label: 'Older', kind: 'integer' },
    { key: 'done', label: 'Done', kind: 'integer' },
    { key: 'oldest', label: 'Oldest', kind: 'time' },
  ];
  return {
    name: 'privacy retention',
    document: {
      schema: 'smsfood.privacy-retention/1',
      run: { id: view.runId, now },
      mode,
      periods: rows,
      busy,
      tooMany,
      exitCode: retentionViewExitCode(retention, view),
    },
    table: { columns, rows },
    sections: [
      { table: { columns: mode === 'apply' ? columns : columns.filter(({ key }) => key !== 'done'), rows } },
      { lines: remarks(retention, view) },
    ],
    sandbox: view.sandbox,
  };
}

function periods({ messages, ledger, done }: Retention, { days, webhooks }: RetentionView) {
  return [
    {
      table: 'sms_logs',
      what: 'texts, to be blanked',
      days: days.messages,
      due: messages.rows,
      done: done?.messages ?? null,
      oldest: messages.oldest,
    },
    {
      table: 'ops.change_log',
      what: 'personal values of changes, to be removed',
      days: days.ledger,
      due: ledger?.rows ?? null,
      done: done?.ledger ?? null,
      oldest: ledger?.oldest ?? null,
    },
    {
      table: 'ops.webhook_payloads',
      what: 'bodies of webhooks, to be deleted',
      days: days.payloads,
      due: webhooks?.payloads.due ?? null,
      done: webhooks?.payloads.done ?? null,
      oldest: null,
    },
    {
      table: 'ops.webhook_inbox',
      what: 'events with attempts and replies, to be deleted',
      days: days.events,
      due: webhooks?.events.due ?? null,
      done: webhooks?.events.done ?? null,
      oldest: null,
    },
  ];
}

/** 1 where something is kept for too long. */
export function retentionViewExitCode(retention: Retention, { webhooks }: Pick<RetentionView, 'webhooks'>): 0 | 1 {
  const due = retention.mode === 'dry-run' && webhooks !== null ? webhooks.payloads.due + webhooks.events.due : 0;
  return retentionExitCode(retention) === 1 || due > 0 ? 1 : 0;
}

function remarks(retention: Retention, view: RetentionView): string[] {
  const { mode, ledger, busy, tooMany } = retention;
  const { webhooks } = view;
  const isDue = retentionViewExitCode(retention, view) === 1;
  const left = isDue ? 'Nothing was changed. Add --apply to do it.' : 'Nothing is kept for longer than its period.';
  return [
    ...(ledger === null || webhooks === null
      ? [
          'What stands in the schema ops is unknown: it is not installed, or closed to this role. Without it nothing can be applied.',
        ]
      : []),
    ...(busy > 0 ? [`Held by other transactions, for the next run: ${grouped(busy)}.`] : []),
    ...(tooMany === null
      ? []
      : [
          `More texts than the ${grouped(tooMany)} that one run may change: --apply needs --max-changes or --force as well.`,
        ]),
    'Orders are never touched. What is blanked or removed is gone: undo says of such rows that their values were not kept.',
    ...(mode === 'dry-run' ? [left] : []),
  ];
}
