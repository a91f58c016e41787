import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import { type Config, ConfigSchema } from './config-schema.js';
import { SmsfoodError, systemCode } from './errors.js';
import { suggestion } from './nearest.js';

const CONFIG_FILE = 'smsfood.config.json';

export type ConfigOrigin = 'flag' | 'environment' | 'file' | 'default';

export interface LoadedConfig {
  config: Config;
  /** Path of the file that was read, or null. */
  file: string | null;
  /** Where each top-level key's value comes from, with the flag's, variable's or file's name. */
  origins: Record<string, { from: ConfigOrigin; name: string | null }>;
  /** As written, without the defaults. */
  given: Readonly<Record<string, unknown>>;
}

/** Environment variables and the configuration keys that they set. */
const ENVIRONMENT = {
  DATABASE_URL: 'databaseUrl',
  DIRECT_URL: 'directUrl',
  REPLICA_URL: 'replicaUrl',
  SMSFOOD_TIMEZONE: 'timezone',
  STRIPE_WEBHOOK_SECRET: 'stripeWebhookSecret',
  STRIPE_API_KEY: 'stripeApiKey',
  TWILIO_AUTH_TOKEN: 'twilioAuthToken',
  TWILIO_ACCOUNT_SID: 'twilioAccountSid',
  EZTEXTING_WEBHOOK_SECRET: 'eztextingWebhookSecret',
  SLACK_WEBHOOK_URL: 'slackWebhookUrl',
  SMSFOOD_PING_URL: 'pingUrl',
  SMSFOOD_LOG_LEVEL: 'logLevel',
} as const;

export interface ConfigSources {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** `--config FILE`. */
  file?: string | undefined;
  /** Values of global flags, by configuration key, with the flag's name. */
  flags?: Readonly<Record<string, { value: unknown; flag: string }>>;
}

/**
 * The configuration in force: flags over environment over file over defaults. Throws CONFIG_INVALID with the file,
 * variable or flag, the key's path and the nearest valid name.
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const { path, content } = readConfigFile(sources);
  const merged: Record<string, unknown> = { ...content };
  const origins: LoadedConfig['origins'] = {};
  for (const key of Object.keys(content)) origins[key] = { from: 'file', name: path };
  for (const [variable, key] of Object.entries(ENVIRONMENT)) {
    const value = sources.env[variable];
    if (value === undefined || value === '') continue;
    merged[key] = value;
    origins[key] = { from: 'environment', name: variable };
  }
  for (const [key, { value, flag }] of Object.entries(sources.flags ?? {})) {
    merged[key] = value;
    origins[key] = { from: 'flag', name: flag };
  }
  const parsed = ConfigSchema.safeParse(merged);
  const issue = parsed.error?.issues[0];
  if (issue !== undefined) throw invalid(issue, origins);
  if (parsed.data === undefined) throw new SmsfoodError('CONFIG_INVALID', 'The configuration could not be read.');
  for (const key of Object.keys(ConfigSchema.shape)) origins[key] ??= { from: 'default', name: null };
  return { config: parsed.data, file: path, origins, given: merged };
}

function readConfigFile({ cwd, file }: ConfigSources): { path: string | null; content: Record<string, unknown> } {
  const path = resolve(cwd, file ?? CONFIG_FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (file === undefined && systemCode(error) === 'ENOENT') return { path: null, content: {} };
    throw new SmsfoodError(
      'CONFIG_INVALID',
      `The configuration file ${path} cannot be read.`,
      'Check the path given with --config.',
      { cause: error },
    );
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? jsonTrouble(error.message, text) : '';
    throw new SmsfoodError(
      'CONFIG_INVALID',
      `${path} is not valid JSON: ${detail}.`,
      'Comments and trailing commas are not allowed in JSON.',
    );
  }
  const object = z.record(z.string(), z.unknown()).safeParse(content);
  if (!object.success) throw new SmsfoodError('CONFIG_INVALID', `${path} must hold a JSON object.`);
  return { path, content: object.data };
}

/** With the line, and without the stretch of the file that the parser quotes: it may hold a password. */
function jsonTrouble(message: string, text: string): string {
  const words = message.replace(/, (?:\.{3})?".*$|[^ -~].*$/s, '').replace(/(?: in JSON)? at position \d+.*$/s, '');
  const position = /at position (\d+)/.exec(message)?.[1];
  return position === undefined ? words : `${words}, in line ${text.slice(0, Number(position)).split('\n').length}`;
}

function invalid(issue: z.core.$ZodIssue, origins: LoadedConfig['origins']): SmsfoodError {
  const top = String(issue.path[0] ?? (issue.code === 'unrecognized_keys' ? issue.keys[0] : ''));
  const origin = origins[top];
  const place = origin?.name ?? 'the configuration';
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const full = path === '' ? key : `${path}.${key}`;
    return new SmsfoodError(
      'CONFIG_INVALID',
      `Unknown configuration key "${full}" in ${place}.`,
      suggestion(key, keysAt(issue.path)),
    );
  }
  return new SmsfoodError(
    'CONFIG_INVALID',
    `Configuration key "${path}" in ${place}: ${issue.message}.`.replace(/\.\.$/, '.'),
  );
}

/** The valid keys of the object at a path of the schema. */
function keysAt(path: readonly PropertyKey[]): string[] {
  let schema: unknown = ConfigSchema;
  for (const step of path) {
    schema = unwrap(schema);
    if (schema instanceof z.ZodObject) schema = schema.shape[String(step)];
    else if (schema instanceof z.ZodRecord) schema = schema.valueType;
    else return [];
  }
  schema = unwrap(schema);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** What stands inside of `default`, `prefault` and `optional`. */
export function unwrap(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional)
    inner = inner.unwrap();
  return inner;
}
