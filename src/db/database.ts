import type { Config } from '../config-schema.js';
import { SmsfoodError } from '../errors.js';
import { openPool, type Pool } from './pool.js';
import type { SessionLimits } from './session.js';
import { type DatabaseUrl, parseDatabaseUrl } from './url.js';

/** The database of a run. Pools open on first use. */
export interface Database {
  /** True where this is the sandbox, which every output says. */
  sandbox: boolean;
  limits: SessionLimits;
  /** Where check, kpi and export read: REPLICA_URL, else DIRECT_URL, else DATABASE_URL. */
  reading(): Promise<Pool>;
  /** Session connections to the primary: DIRECT_URL, else DATABASE_URL. */
  direct(): Promise<Pool>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  applicationName: string;
  sandboxUrl: string | null;
  signal: AbortSignal;
}

/** The URLs in force by their role. Throws NO_DATABASE where there is none: the sandbox is never a silent fallback. */
export function databaseUrls(config: Config, sandboxUrl: string | null): { reading: DatabaseUrl; direct: DatabaseUrl } {
  if (sandboxUrl !== null) {
    const url = parseDatabaseUrl(sandboxUrl, '--sandbox');
    return { reading: url, direct: url };
  }
  const named = [
    [config.replicaUrl, 'REPLICA_URL'],
    [config.directUrl, 'DIRECT_URL'],
    [config.databaseUrl, 'DATABASE_URL'],
  ] as const;
  const first = (candidates: readonly (readonly [string | undefined, string])[]) => {
    for (const [url, name] of candidates) if (url !== undefined) return parseDatabaseUrl(url, name);
    throw new SmsfoodError(
      'NO_DATABASE',
      'No database is configured.',
      'Set DATABASE_URL to a PostgreSQL URL, or pass --sandbox to work on a throw-away database on this machine.',
    );
  };
  return { direct: first(named.slice(1)), reading: first(named) };
}

/** The limits that the configuration sets for every session. */
export function limitsOf({ database }: Config): SessionLimits {
  return {
    statementTimeoutMs: database.statementTimeout,
    lockTimeoutMs: database.lockTimeout,
    idleInTransactionTimeoutMs: database.idleInTransactionTimeout,
    workMem: database.workMem,
  };
}

export function openDatabase(config: Config, options: DatabaseOptions): Database {
  const urls = databaseUrls(config, options.sandboxUrl);
  const pools = new Map<string, Promise<Pool>>();
  const pool = (url: DatabaseUrl) => {
    options.signal.throwIfAborted();
    const existing = pools.get(url.connectionString);
    if (existing !== undefined) return existing;
    const settings = {
      applicationName: options.applicationName,
      connectTimeoutMs: config.database.connectTimeout,
      max: 20,
    };
    const opened = openPool(url, settings, options.signal);
    pools.set(url.connectionString, opened);
    // Whoever asks again after trouble gets another try.
    opened.catch(() => pools.delete(url.connectionString));
    return opened;
  };
  return {
    sandbox: options.sandboxUrl !== null,
    limits: limitsOf(config),
    reading: () => pool(urls.reading),
    direct: () => pool(urls.direct),
    async close() {
      const opened = await Promise.allSettled(pools.values());
      await Promise.all(
        opened.map((outcome) =>
          outcome.status === 'fulfilled' && !outcome.value.pg.ended ? outcome.value.pg.end() : undefined,
        ),
      );
    },
  };
}
