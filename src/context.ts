import { randomUUID } from 'node:crypto';
import type { LoadedConfig } from './config.js';
import type { Database } from './db/database.js';
import { SmsfoodError } from './errors.js';
import type { Logger } from './logger.js';

/** A place to write text to, and what is known of it. */
export interface Output {
  write(text: string): void;
  /** Writes bytes as they are, as fast as the reader takes them. False where the reader has gone. */
  send(bytes: Uint8Array): Promise<boolean>;
  isTerminal: boolean;
  columns: number;
  /** The terminal itself, for a spinner. */
  stream?: NodeJS.WriteStream;
}

/** The world that a command sees; tests pass their own. */
export interface Io {
  stdout: Output;
  stderr: Output;
  /** What is written to the program; nothing where it is not there. */
  stdin?: AsyncIterable<unknown>;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Aborted with a SmsfoodError (INTERRUPTED, TERMINATED) when the process is told to stop. */
  signal: AbortSignal;
}

/** Options that every command takes. */
export interface CommonOptions {
  config?: string | undefined;
  sandbox?: boolean | undefined;
  quiet?: boolean | undefined;
  verbose?: boolean | undefined;
}

export interface Context {
  io: Io;
  /** Identifies this run in logs, in the database's activity view and in the history. */
  runId: string;
  /** `check`, `db install`, … */
  command: string;
  options: CommonOptions;
  loaded(): Promise<LoadedConfig>;
  log(): Promise<Logger>;
  /** Reaches the database on first use. Closed by the composition root. */
  database(): Promise<Database>;
  /** The sandbox, started where it does not run, whatever the options say. */
  sandbox(): Promise<Database>;
  /** One line for a person, on standard error, unless --quiet. */
  hint(text: string): void;
  /** Does work that tells what it is at, which is shown on a terminal once it takes more than a second. */
  progress<T>(work: (tell: (text: string) => void) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface Progress {
  update(text: string): void;
  stop(): void;
}

/** What a command works with. Everything is opened on first use, so that `--help` opens nothing. */
export function createContext(io: Io, command: string, options: CommonOptions): Context {
  const runId = randomUUID();
  const loaded = once(async () => {
    const { loadConfig } = await import('./config.js');
    const flags = options.verbose === true ? { logLevel: { value: 'debug', flag: '--verbose' } } : {};
    return loadConfig({ env: io.env, cwd: io.cwd, file: options.config, flags });
  });
  const log = once(async () => {
    const { createLogger } = await import('./logger.js');
    const { config } = await loaded();
    return createLogger({
      level: options.quiet === true && config.logLevel !== 'silent' ? 'error' : config.logLevel,
      stream: io.stderr,
      pretty: io.stderr.isTerminal,
      color: wantsColor(io, io.stderr),
      bindings: { runId, command },
    });
  });
  const open = async (sandboxUrl: string | null) => {
    const { openDatabase } = await import('./db/database.js');
    const { config } = await loaded();
    // Only where somebody listens: loading the logger takes a tenth of the time of a quick command.
    if (config.logLevel === 'debug') (await log()).debug({ sandbox: sandboxUrl !== null }, 'opening the database');
    return openDatabase(config, { applicationName: `smsfood/${command}/${runId}`, sandboxUrl, signal: io.signal });
  };
  const sandbox = once(async () => {
    const database = await open(await sandboxUrl(io));
    const { ensurePlatform } = await import('./sandbox/marketplace.js');
    await ensurePlatform(await database.direct(), { limits: database.limits, signal: io.signal });
    return database;
  });
  const database = once(() => (options.sandbox === true ? sandbox() : open(null)));
  return {
    io,
    runId,
    command,
    options,
    loaded,
    log,
    database,
    sandbox,
    hint: (text) => {
      if (options.quiet !== true) io.stderr.write(`${text}\n`);
    },
    progress: async (work) => {
      const { update, stop } = createProgress(io, options);
      try {
        return await work(update);
      } finally {
        stop();
      }
    },
    async close() {
      for (const each of [database, sandbox]) if (each.started()) await (await each().catch(() => null))?.close();
    },
  };
}

function once<T>(make: () => Promise<T>): (() => Promise<T>) & { started(): boolean } {
  let made: Promise<T> | undefined;
  const get = () => {
    made ??= make();
    return made;
  };
  return Object.assign(get, { started: () => made !== undefined });
}

async function sandboxUrl(io: Io): Promise<string> {
  const [{ sandboxState, startSandbox }, { sandboxHome }] = await Promise.all([
    import('./sandbox/server.js'),
    import('./sandbox/place.js'),
  ]);
  const place = { dataDir: await sandboxHome(io.env) };
  const before = await sandboxState(place);
  const state = before.running ? before : await startSandbox(place, { signal: io.signal });
  if (state.url === null)
    throw new SmsfoodError(
      'SANDBOX_FAILED',
      'The sandbox is running but gives no address.',
      'Run `smsfood sandbox reset`.',
    );
  return state.url;
}

/** Colour where a terminal shows it; NO_COLOR and FORCE_COLOR decide otherwise, NO_COLOR first. */
export function wantsColor(io: Io, output: Output): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = io.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return output.isTerminal && TERM !== 'dumb';
}

const SILENT: Progress = { update: () => undefined, stop: () => undefined };

function createProgress(io: Io, { quiet }: CommonOptions): Progress {
  // Spinners write escape codes into pipes, so this is for terminals only.
  const { stream, isTerminal } = io.stderr;
  if (quiet === true || !isTerminal || stream === undefined || io.env.TERM === 'dumb') return SILENT;
  // Where nobody has told the terminal its size (a container's, script's), ora would clear infinitely many lines.
  if (stream.columns === 0) return SILENT;
  let text = '';
  let isStopped = false;
  let spinner: { text: string; stop(): unknown } | undefined;
  const timer = setTimeout(async () => {
    const { default: ora } = await import('ora');
    if (!isStopped) spinner = ora({ text, stream, discardStdin: false }).start();
  }, 1000);
  return {
    update(next) {
      text = next;
      if (spinner !== undefined) spinner.text = next;
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      spinner?.stop();
    },
  };
}
