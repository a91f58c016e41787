import type { ParsedCheck } from './check-file.js';
import { type Columns, columnFlow, type TableColumns } from './column-flow.js';
import { parseSelect } from './statement.js';

/**
 * The columns on which a check's verdict depends, as `table.column`, from its SQL: what decides which rows are violations, and
 * for a metric what its value is made of. Columns that are only shown are not among them. Needs the parser (`loadParser`).
 */
export function judgedColumns(check: ParsedCheck, tables: TableColumns): Columns {
  const { output, conditions } = columnFlow(parseSelect(check.sql, check), tables);
  if (check.metric === null) return conditions;
  const value = output.find(({ name }) => name === 'value');
  return new Set([...conditions, ...(value?.from ?? [])]);
}
