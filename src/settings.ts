import * as z from 'zod';
import { type LoadedConfig, unwrap } from './config.js';
import { ConfigSchema, duration } from './config-schema.js';
import { maskAddress, maskUrl } from './redaction.js';

/** One key of the configuration, and what is in force. */
export interface Setting {
  /** `checks.jobs`. */
  key: string;
  /** As the configuration file has it, secrets masked; null where it is not set. */
  value: string | null;
  /** `default`, `file`, or the name of the environment variable or flag. */
  origin: string;
}

/** Whoever knows these can write in our name. */
const SECRET_ADDRESSES = ['slackWebhookUrl', 'pingUrl'];
const SECRET_KEY = /(?:Secret|Token|ApiKey)$/;

/** Every key that there is, in the order of the schema, and where its value comes from. Nothing secret is in it. */
export function settingsOf({ config, origins, given }: LoadedConfig): Setting[] {
  return keysOf(ConfigSchema, []).map(({ path, isDuration }) => {
    const [top = ''] = path;
    const isGiven = at(given, path) !== undefined;
    const value = at(config, path);
    const origin = origins[top];
    return {
      key: path.join('.'),
      value: value === undefined ? null : isDuration ? durationText(Number(value)) : shown(top, value),
      origin:
        !isGiven || origin === undefined ? 'default' : origin.from === 'file' ? 'file' : (origin.name ?? origin.from),
    };
  });
}

/** The paths of all values; lists and what is kept by id are one value. */
function keysOf(schema: unknown, path: readonly string[]): { path: readonly string[]; isDuration: boolean }[] {
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) return [{ path, isDuration: inner === duration }];
  return Object.entries(inner.shape)
    .filter(([key]) => key !== '$schema')
    .flatMap(([key, each]) => keysOf(each, [...path, key]));
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

function shown(key: string, value: unknown): string {
  if (SECRET_KEY.test(key)) return Array.isArray(value) ? secretsText(value.length) : '(set)';
  if (SECRET_ADDRESSES.includes(key)) return maskAddress(String(value));
  if (key.endsWith('Url')) return maskUrl(String(value));
  // A space behind each comma: where a line may end.
  if (Array.isArray(value)) return `[${value.map((each) => JSON.stringify(each)).join(', ')}]`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function secretsText(count: number): string {
  return count === 0 ? '[]' : count === 1 ? '(set)' : `(${count} secrets)`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;

/** `90s`, `2m`: the largest unit that leaves a whole number. */
export function durationText(milliseconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => milliseconds % each === 0) ?? ['ms', 1];
  return `${milliseconds / size}${unit}`;
}
