import { formatCell } from '../output/values.js';
import type { Chapter } from '../page.js';
import type { Stats } from './stats.js';
import { statsReport } from './stats-report.js';

/** How the inbox of webhooks is doing. */
export function webhooksChapter(stats: Stats): Chapter {
  const { now, since, total, backlog, dead, silences } = stats;
  const deadNow = dead.reduce((sum, each) => sum + each.count, 0);
  const silent = silences.filter(({ verdict }) => verdict === 'silent').map(({ source }) => source);
  return {
    id: 'webhooks',
    title: 'Webhooks',
    lines: [`The 24 hours since ${since}, and what is open. Read from ops.webhook_inbox as of ${now}.`],
    figures: [
      figure('received', 'Received', formatCell(total.received, 'integer')),
      figure('dead', 'Dead letters now', formatCell(deadNow, 'integer')),
      figure('pending', 'Pending now', formatCell(backlog.pending, 'integer')),
      figure('p95', 'Done within (95 of 100)', total.p95Ms === null ? null : formatCell(total.p95Ms, 'milliseconds')),
    ],
    exhibits: statsReport(stats, false).sections,
    notes: silent.length === 0 ? [] : [`Silent: ${silent.join(', ')}.`],
    definitions: [],
  };
}

function figure(id: string, label: string, value: string | null) {
  return { id: `webhooks.${id}`, label, value, change: null };
}
