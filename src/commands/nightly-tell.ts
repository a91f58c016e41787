import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';
import type { Night } from '../nightly/nightly.js';
import type { Delivery, Patience } from '../notify/delivery.js';
import type { PingSignal } from '../notify/ping.js';
import type { SlackMessage } from '../notify/slack-message.js';
import type { Channels } from './channels.js';

/** Tells all channels how a night goes. Nothing here throws, and nothing changes the night's exit code. */
export interface Telling {
  /** How it ended. */
  ended(night: Night, database: string): Promise<Delivery[]>;
  /** It could not begin. */
  failed(error: unknown): Promise<Delivery[]>;
  /** It was told to stop: in a hurry, and only those who wait for it. */
  stopped(night: Night | null, exitCode: number): Promise<Delivery[]>;
}

/** Says that the night has begun, while it begins. */
export async function startTelling(
  context: Context,
  { slack, ping, metricsFile }: Channels & { metricsFile: string | undefined },
): Promise<Telling> {
  const [{ HURRIED, PATIENT }, { sendPing }, { slackMessage, summaryText, troubleMessage, isNothingToTell }] =
    await Promise.all([import('../notify/delivery.js'), import('../notify/ping.js'), import('../nightly/tell.js')]);
  const { runId, io } = context;
  const startedAt = Date.now() / 1000;
  const patient: Patience = { ...PATIENT, signal: io.signal };
  const pinged = async (signal: PingSignal, body: string, patience: Patience): Promise<Delivery[]> =>
    ping === null ? [] : [await sendPing(ping, { signal, runId, body }, patience)];
  const posted = async (message: SlackMessage): Promise<Delivery[]> => {
    if (slack === null) return [];
    const { sendSlack } = await import('../notify/slack.js');
    return [await sendSlack(slack, message, patient)];
  };
  const measured = async (night: Night | null, exitCode: number): Promise<Delivery[]> =>
    metricsFile === undefined
      ? []
      : [await writeMetrics(resolve(io.cwd, metricsFile), night, { exitCode, startedAt, endedAt: Date.now() / 1000 })];
  const start = pinged('start', '', patient);
  const all = async (messages: Promise<Delivery[]>[]) => (await Promise.all([start, ...messages])).flat();
  return {
    ended: (night, database) => {
      const place = { database, host: hostname(), runId };
      return all([
        isNothingToTell(night) ? Promise.resolve([]) : posted(slackMessage(night, place)),
        measured(night, night.exitCode),
        start.then(() => pinged(night.exitCode, summaryText(night, database), patient)),
      ]);
    },
    failed: async (error) => {
      const { message, hint, exitCode } = await asTold(error);
      return all([
        posted(troubleMessage(message, hint, { host: hostname(), runId })),
        measured(null, exitCode),
        start.then(() => pinged(exitCode, message, patient)),
      ]);
    },
    stopped: (night, exitCode) =>
      all([measured(night, exitCode), pinged(exitCode, 'The night was told to stop.', HURRIED)]),
  };
}

async function writeMetrics(
  path: string,
  night: Night | null,
  run: { exitCode: number; startedAt: number; endedAt: number },
): Promise<Delivery> {
  const [{ prometheusText }, { nightGauges }, { writeFileAtomic }] = await Promise.all([
    import('../notify/prometheus.js'),
    import('../nightly/metrics.js'),
    import('../output/file.js'),
  ]);
  try {
    await writeFileAtomic(path, await prometheusText(nightGauges(night, run)));
    return { channel: 'metrics', delivered: true, message: `Wrote ${path}.` };
  } catch (error) {
    if (!(error instanceof SmsfoodError)) throw error;
    return { channel: 'metrics', delivered: false, message: error.message };
  }
}

async function asTold(error: unknown): Promise<{ message: string; hint: string | undefined; exitCode: number }> {
  const { inWords } = await import('../db/errors.js');
  const trouble = inWords(error, 'begin the night');
  if (trouble instanceof SmsfoodError) return trouble;
  return { message: 'A bug in smsfood kept it from beginning.', hint: 'Its standard error says more.', exitCode: 3 };
}
