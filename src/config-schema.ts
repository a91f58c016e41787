import * as z from 'zod';
import { LOG_LEVELS } from './log-level.js';
import { nearest } from './nearest.js';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** PostgreSQL's longest time-out, and that of Node's timers, in milliseconds: a little over 24 days. */
const LONGEST = 2_147_483_647;

/** Milliseconds from `500ms`, `30s`, `5m`, `2h`, `1d`; undefined when the text is no duration, or one beyond 24 days. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)$/.exec(text.trim());
  if (match === null) return undefined;
  const milliseconds = Math.round(Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN));
  return milliseconds <= LONGEST ? milliseconds : undefined;
}

/** Milliseconds, written as `30s`. */
export const duration = z.string().transform((text, context) => {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
  context.addIssue({ code: 'custom', message: `"${text}" is no duration; write for example 30s, 5m or 1h` });
  return z.NEVER;
});

/** Bytes from `64kB`, `64MB` or `1GB`; NaN when the text is no amount of memory. */
export function parseMemory(text: string): number {
  const match = /^(\d+)(kB|MB|GB)$/.exec(text);
  return Number(match?.[1]) * 1024 ** (match?.[2] === 'GB' ? 3 : match?.[2] === 'MB' ? 2 : 1);
}

/** As PostgreSQL takes it for work_mem: 64kB to 2 TB. */
function isAmountOfMemory(text: string): boolean {
  const kilobytes = parseMemory(text) / 1024;
  return kilobytes >= 64 && kilobytes <= LONGEST;
}

export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return !/^[+-]/.test(zone); // PostgreSQL reads the sign of "+05:30" the other way round
  } catch {
    return false;
  }
}

function noTimeZone(zone: string): string {
  const meant = nearest(zone, Intl.supportedValuesOf('timeZone'));
  return `is no IANA time zone, ${meant === undefined ? 'such as America/New_York' : `but ${meant} is`}`;
}

export const ORDER_STATUSES = ['PENDING', 'CONFIRMED', 'PAID', 'PREPARING', 'READY', 'DELIVERED', 'CANCELLED'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];
const CATEGORIES = ['New', 'Regular', 'Frequent', 'Occasional', 'One-time', 'VIP', 'At-Risk', 'Lost'];

/** A value of a check's parameter. */
export const parameterValue = z.union([z.string(), z.number(), z.array(z.string())]);
export type ParameterValue = z.infer<typeof parameterValue>;

const checkOverride = z.strictObject({
  enabled: z.boolean().optional(),
  level: z.enum(['fail', 'warn']).optional(),
  fail: z.string().optional(),
  warn: z.string().optional(),
  params: z.record(z.string(), parameterValue).optional(),
});
export type CheckOverride = z.infer<typeof checkOverride>;

/** One secret, or several separated by commas while one replaces the other. */
const secrets = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== ''),
  )
  .default([]);

const address = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
  error: 'is no address or network, such as 10.0.0.0/8',
});

export const ConfigSchema = z.strictObject({
  $schema: z.string().optional(),
  databaseUrl: z.string().min(1).optional(),
  directUrl: z.string().min(1).optional(),
  replicaUrl: z.string().min(1).optional(),
  timezone: z
    .string()
    .refine(isTimeZone, { error: ({ input }) => noTimeZone(String(input)) })
    .default('America/New_York'),
  soldStatuses: z.array(z.enum(ORDER_STATUSES)).min(1).default(['PAID', 'PREPARING', 'READY', 'DELIVERED']),
  database: z
    .strictObject({
      connectTimeout: duration.default(10_000),
      statementTimeout: duration.default(120_000),
      lockTimeout: duration.default(5_000),
      idleInTransactionTimeout: duration.default(600_000),
      workMem: z.string().refine(isAmountOfMemory, { error: 'is no amount of memory, such as 64MB' }).default('64MB'),
    })
    .prefault({}),
  checks: z
    .strictObject({
      directories: z.array(z.string()).default([]),
      jobs: z.int().min(1).max(16).default(2),
      samples: z.int().min(0).max(100).default(5),
      categories: z.array(z.string()).default(CATEGORIES),
      tags: z.array(z.string()).default(CATEGORIES),
      overrides: z.record(z.string(), checkOverride).default({}),
    })
    .prefault({}),
  phones: z.strictObject({ margin: duration.default(3_600_000) }).prefault({}),
  kpi: z
    .strictObject({
      freshMinutes: z.int().min(0).max(1440).default(60),
      churnDays: z.int().min(1).max(730).default(60),
      smsSegmentCents: z.number().min(0).max(1000).optional(),
    })
    .prefault({}),
  stripeWebhookSecret: secrets,
  stripeApiKey: z.string().min(1).optional(),
  stripeApiBase: z.url().default('https://api.stripe.com'),
  twilioAuthToken: secrets,
  twilioAccountSid: z.string().min(1).optional(),
  eztextingWebhookSecret: secrets,
  webhooks: z
    .strictObject({
      trustedProxies: z.array(address).default([]),
      spoolSize: z
        .string()
        .refine(isAmountOfMemory, { error: 'is no amount of memory, such as 256MB' })
        .default('256MB'),
    })
    .prefault({}),
  retention: z
    .strictObject({
      messageDays: z.int().min(1).max(36_500).default(365),
      ledgerDays: z.int().min(1).max(36_500).default(365),
      payloadDays: z.int().min(1).max(3650).default(30),
      // Without its key an event that comes again is a new one.
      eventDays: z.int().min(35).max(3650).default(35),
    })
    .refine(({ payloadDays, eventDays }) => payloadDays <= eventDays, {
      error: 'payloadDays is more than eventDays, with which payloads go',
    })
    .prefault({}),
  nightly: z.strictObject({ stepTimeout: duration.default(1_800_000) }).prefault({}),
  slackWebhookUrl: z.string().min(1).optional(),
  pingUrl: z.string().min(1).optional(),
  logLevel: z.enum(LOG_LEVELS).default('warn'),
});

export type Config = z.infer<typeof ConfigSchema>;
