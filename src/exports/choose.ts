import { SmsfoodError } from '../errors.js';
import { suggestion } from '../nearest.js';
import type { Column } from './column.js';
import type { Dataset } from './dataset.js';

/** The columns of a file, in its order: those that are named, or all that are not optional. Throws USAGE. */
export function chooseColumns(dataset: Dataset, wanted: readonly string[] | null): Column[] {
  if (wanted === null) return dataset.columns.filter(({ isOptional }) => isOptional !== true);
  const keys = dataset.columns.map(({ key }) => key);
  const chosen = wanted.map((key) => {
    const column = dataset.columns.find((each) => each.key === key);
    if (column !== undefined) return column;
    throw new SmsfoodError('USAGE', `--columns: ${dataset.name} has no column "${key}".`, suggestion(key, keys));
  });
  const twice = wanted.find((key, index) => wanted.indexOf(key) !== index);
  if (twice !== undefined) throw new SmsfoodError('USAGE', `--columns: "${twice}" is there twice.`);
  if (chosen.length === 0) throw new SmsfoodError('USAGE', '--columns names none.', suggestion('', keys));
  return chosen;
}

/** Throws USAGE where a data set has no such status, or none at all. */
export function chooseStatuses(dataset: Dataset, wanted: readonly string[] | null): string[] | null {
  if (wanted === null) return null;
  const { statuses } = dataset;
  if (statuses === undefined) throw new SmsfoodError('USAGE', `--status: ${dataset.name} have no status.`);
  return wanted.map((text) => {
    const status = text.toUpperCase();
    if (statuses.includes(status)) return status;
    throw new SmsfoodError('USAGE', `--status: "${text}" is not known.`, suggestion(text, statuses));
  });
}
