import { type Command, Option } from 'commander';
import * as z from 'zod';
import { parseDuration } from '../config-schema.js';
import { EVENT_STATUSES, SOURCES } from '../webhooks/event.js';
import type { EventFilter } from '../webhooks/filter.js';
import { withChoices } from './command.js';
import { instant } from './instant.js';

const statuses = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim()))
  .pipe(z.array(z.enum(EVENT_STATUSES, { error: `must be of ${EVENT_STATUSES.join(', ')}, with commas between` })));

const age = z.string().transform((text, context) => {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  context.addIssue({ code: 'custom', message: `"${text}" is no duration; write for example 30s, 5m or 1h` });
  return z.NEVER;
});

/** The options that choose events. */
export const SelectionSchema = z.object({
  source: z.enum(SOURCES, { error: `must be one of ${SOURCES.join(', ')}` }).optional(),
  status: statuses.optional(),
  type: z.string().min(1).optional(),
  subject: z.string().min(1).optional(),
  since: instant.optional(),
  until: instant.optional(),
});

/** With those that only make sense for looking at them. */
export const FilterSchema = SelectionSchema.extend({
  olderThan: age.optional(),
  needsRefund: z.boolean().default(false),
});
type FilterOptions = z.infer<typeof SelectionSchema> & Partial<z.infer<typeof FilterSchema>>;

export function withSelection(command: Command): Command {
  return command
    .addOption(withChoices(new Option('--source <source>', 'only of this provider'), SOURCES))
    .addOption(
      withChoices(new Option('--status <status>', 'only in this status, or in several with commas'), EVENT_STATUSES),
    )
    .option('--type <type>', 'only of this type, such as payment_intent.succeeded; "charge.*" means all that begin so')
    .option('--subject <id>', 'only about this order, payment intent, account, subscription or message')
    .option('--since <time>', 'only received at this time or later')
    .option('--until <time>', 'only received before this time');
}

export function withFilter(command: Command): Command {
  return withSelection(command)
    .option('--older-than <duration>', 'only received longer ago than this, such as 10m')
    .option('--needs-refund', 'only those after which somebody has to refund a payment');
}

export function filterOf(options: FilterOptions): EventFilter {
  const { source, status, type, subject, since, until, olderThan, needsRefund } = options;
  return {
    source: source ?? null,
    statuses: status ?? [],
    type: type ?? null,
    subject: subject ?? null,
    since: since ?? null,
    until: until ?? null,
    olderThanMs: olderThan ?? null,
    needsRefund: needsRefund === true,
  };
}
