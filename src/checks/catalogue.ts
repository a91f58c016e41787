import { resolve } from 'node:path';
import type { CheckOverride, Config } from '../config-schema.js';
import { SmsfoodError } from '../errors.js';
import { suggestion } from '../nearest.js';
import { type Check, levelOf, type Parameter } from './check.js';
import { type ParsedCheck, readCheckFile } from './check-file.js';
import { builtInDirectory, discover } from './discover.js';
import { parameterProblem } from './header.js';
import { matchIds } from './select.js';
import { loadParser } from './sql-text.js';
import { parseThreshold } from './threshold.js';

/** A check that the configuration switched off is still listed, as skipped. */
export interface CatalogueEntry extends ParsedCheck {
  enabled: boolean;
}

export interface CatalogueSources {
  /** Further folders of checks, relative to `cwd`. */
  directories: readonly string[];
  overrides: Config['checks']['overrides'];
  cwd: string;
  /** Ids, domains or globs; none means all. Files that no pattern names are not even read. */
  patterns?: readonly string[];
}

/**
 * Reads the checks that patterns name from the built-in catalogue and further folders, applies the configuration's
 * overrides, and returns them by id. Throws CHECK_FILE_INVALID, CONFIG_INVALID or USAGE: nothing is skipped silently.
 */
export async function loadCatalogue({
  directories,
  overrides,
  cwd,
  patterns = [],
}: CatalogueSources): Promise<CatalogueEntry[]> {
  await loadParser();
  const files = new Map<string, string>();
  for (const directory of [builtInDirectory(), ...directories.map((path) => resolve(cwd, path))]) {
    for (const { id, file } of discover(directory)) {
      const other = files.get(id);
      if (other !== undefined) {
        throw new SmsfoodError(
          'CHECK_FILE_INVALID',
          `Two files define the check ${id}: ${other} and ${file}.`,
          'Rename one of them.',
        );
      }
      files.set(id, file);
    }
  }
  for (const id of Object.keys(overrides)) {
    if (!files.has(id))
      throw new SmsfoodError(
        'CONFIG_INVALID',
        `checks.overrides names no check: "${id}".`,
        suggestion(id, files.keys()),
      );
  }
  const ids = matchIds([...files.keys()].sort(), patterns);
  return ids.map((id) => applyOverride(readCheckFile(files.get(id) ?? '', id), overrides[id]));
}

function applyOverride(check: ParsedCheck, override: CheckOverride | undefined): CatalogueEntry {
  if (override === undefined) return { ...check, enabled: true };
  const where = `checks.overrides["${check.id}"]`;
  return {
    ...check,
    enabled: override.enabled ?? true,
    thresholds: overrideThresholds(check, override, where),
    parameters: overrideParameters(check.parameters, override.params ?? {}, where),
  };
}

function overrideThresholds(check: Check, { level, fail, warn }: CheckOverride, where: string): Check['thresholds'] {
  const hasShare = check.entity !== null && check.metric === null;
  const read = (key: string, text: string) => {
    const parsed = parseThreshold(text);
    if (parsed !== undefined && (hasShare || !parsed.percent)) return parsed;
    throw new SmsfoodError(
      'CONFIG_INVALID',
      `${where}.${key}: "${text}" is no threshold for this check.`,
      `Write for example "> 0"${hasShare ? ' or "> 0.1%"' : ''}.`,
    );
  };
  if (level !== undefined && (fail !== undefined || warn !== undefined)) {
    throw new SmsfoodError(
      'CONFIG_INVALID',
      `${where}: "level" is short for a threshold: give it or "fail" and "warn", not both.`,
    );
  }
  if (fail !== undefined || warn !== undefined) {
    return {
      ...check.thresholds,
      ...(fail === undefined ? {} : { fail: read('fail', fail) }),
      ...(warn === undefined ? {} : { warn: read('warn', warn) }),
    };
  }
  if (level === undefined || level === levelOf(check)) return check.thresholds;
  const threshold = check.thresholds.fail ?? check.thresholds.warn;
  return threshold === undefined ? {} : level === 'fail' ? { fail: threshold } : { warn: threshold };
}

/** The check's parameters with other values, each of the declared type. Throws CONFIG_INVALID naming `where`. */
function overrideParameters(
  declared: Check['parameters'],
  values: Readonly<Record<string, Parameter['value']>>,
  where: string,
  code: 'CONFIG_INVALID' | 'USAGE' = 'CONFIG_INVALID',
): Check['parameters'] {
  const result = { ...declared };
  for (const [name, value] of Object.entries(values)) {
    const parameter = declared[name];
    if (parameter === undefined) {
      throw new SmsfoodError(
        code,
        `${where}: the check has no parameter "${name}".`,
        suggestion(name, Object.keys(declared)),
      );
    }
    const problem = parameterProblem(parameter.type, value);
    if (problem !== undefined) throw new SmsfoodError(code, `${where}: parameter "${name}": ${problem}.`);
    result[name] = { type: parameter.type, value };
  }
  return result;
}

/** Applies `--param check.name=value`. Throws USAGE for a check or parameter that there is not. */
export function applyParameters(checks: readonly CatalogueEntry[], assignments: readonly string[]): CatalogueEntry[] {
  const result = new Map(checks.map((check) => [check.id, check]));
  for (const assignment of assignments) {
    const match = /^([a-z0-9-]+\.[a-z0-9-]+)\.([a-z_][a-z0-9_]*)=(.*)$/s.exec(assignment);
    if (match === null)
      throw new SmsfoodError(
        'USAGE',
        `--param: "${assignment}" is not of the form check.name=value.`,
        'For example --param orders.stale-pending.age="48 hours".',
      );
    const [, id = '', name = '', text = ''] = match;
    const check = result.get(id);
    if (check === undefined)
      throw new SmsfoodError('USAGE', `--param: no check is called "${id}".`, suggestion(id, result.keys()));
    const type = check.parameters[name]?.type;
    const isNumber = (type === 'integer' || type === 'number') && /^-?\d+(?:\.\d+)?$/.test(text);
    const value = isNumber ? Number(text) : type === 'text[]' ? text.split(',') : text;
    result.set(id, {
      ...check,
      parameters: overrideParameters(check.parameters, { [name]: value }, `--param ${id}`, 'USAGE'),
    });
  }
  return [...result.values()];
}
