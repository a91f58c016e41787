import { HIDDEN, PERSONAL_COLUMNS } from '../../personal-data.js';
import { businessDay, personal } from '../column.js';
import type { Dataset } from '../dataset.js';

/** The platform's tables hold times without a zone, in UTC; this one has zones. */
const TIME = `(l.at AT TIME ZONE 'UTC')`;

export const changes: Dataset = {
  name: 'changes',
  summary: 'one row each change that smsfood made to a row of the platform: the ledger',
  id: 'change_id',
  slice: 'day',
  period: 'last month',
  hasBusiness: () => false,
  columns: [
    { key: 'change_id', type: 'integer', meaning: 'ops.change_log.id', sql: 'l.id' },
    { key: 'changed_at', type: 'time', meaning: 'when it was written', sql: TIME },
    businessDay('changed_at'),
    { key: 'run_id', type: 'id', meaning: 'the run that changed it: `smsfood runs show`', sql: 'l.run_id::text' },
    { key: 'command', type: 'text', meaning: 'command of that run', sql: 'r.command' },
    { key: 'table_name', type: 'text', meaning: 'table of the platform', sql: 'l.table_name' },
    { key: 'row_id', type: 'id', meaning: 'primary key of the changed row', sql: 'l.row_id' },
    {
      key: 'before',
      type: 'json',
      meaning: 'the changed columns as they were; empty where the row was created',
      sql: 'l.before',
      redacted: redactedSql('l.before'),
      ...personal('ops.change_log', 'before'),
    },
    {
      key: 'after',
      type: 'json',
      meaning: 'the changed columns as they were written',
      sql: 'l.after',
      redacted: redactedSql('l.after'),
      ...personal('ops.change_log', 'after'),
    },
    { key: 'reason', type: 'text', meaning: 'why', sql: 'l.reason' },
    {
      key: 'undone_by',
      type: 'id',
      meaning: 'the run that restored the values before',
      sql: 'l.undone_by::text',
    },
  ],
  time: TIME,
  order: 'l.at, l.id',
  conditions: () => [],
  from: (_scope, where) => `ops.change_log l LEFT JOIN ops.runs r ON r.id = l.run_id WHERE ${where}`,
  counted: (_scope, where) => `ops.change_log l WHERE ${where}`,
};

/** A ledger row may hold any column: the values of personal ones are masked, their names stay. */
function redactedSql(values: string): string {
  const columns = PERSONAL_COLUMNS.map((name) => `'${name}'`).join(', ');
  return `(SELECT jsonb_object_agg(key, CASE WHEN l.table_name || '.' || key IN (${columns}) AND value <> 'null' THEN '"${HIDDEN}"' ELSE value END)
    FROM jsonb_each(${values}))`;
}
