import { type Delivery, FIRST_PAUSE_MS, type Patience } from './delivery.js';
import { requestTrouble } from './request.js';
import { type SlackMessage, toPayload } from './slack-message.js';

/** What Slack's words mean, and what helps. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
const REFUSALS: Readonly<Record<string, string>> = {
  no_service: 'the webhook was removed or switched off: make a new one',
  no_service_id: 'the address is not complete',
  no_team: 'the workspace is gone',
  team_disabled: 'the workspace is switched off',
  invalid_token: 'the address is not right, or its webhook was removed',
  no_active_hooks: 'the webhook was switched off',
  channel_not_found: 'its channel is gone: make a new webhook',
  channel_is_archived: 'its channel is archived: make a new webhook, or bring the channel back',
  action_prohibited: "the workspace's settings do not allow it",
  posting_to_general_channel_denied: "the workspace's settings do not allow it in its channel",
};

/** Posts a message to an incoming webhook. Trouble of the network and of the server's own is tried again. */
export async function sendSlack(url: URL, message: SlackMessage, patience: Patience): Promise<Delivery> {
  const { IncomingWebhook, IncomingWebhookHTTPError } = await import('@slack/webhook');
  const { timeoutMs, retries, signal } = patience;
  const webhook = new IncomingWebhook(url.href, {
    timeout: timeoutMs,
    retryConfig: { retries, minTimeout: FIRST_PAUSE_MS, factor: 2 },
    fetch: (input, init) => fetch(input, { ...init, signal: eitherOf(signal, init?.signal) }),
  });
  const failed = (reason: string): Delivery => ({
    channel: 'slack',
    delivered: false,
    message: `Slack did not take the message: ${reason}.`,
  });
  try {
    // The library would go on trying after the signal.
    const { text } = await Promise.race([webhook.send(toPayload(message)), rejectedBy(signal)]);
    // A proxy that wants a log-in answers 200 too.
    if (text.trim() !== 'ok') return failed(`${url.host} answered 200, but not as Slack does`);
    return { channel: 'slack', delivered: true, message: 'Slack took the message.' };
  } catch (error) {
    if (!(error instanceof IncomingWebhookHTTPError)) return failed(requestTrouble(error, timeoutMs));
    return failed(refusal(error.statusCode, error.body.trim()));
  }
}

function refusal(status: number, body: string): string {
  if (status === 429) return 'it was sent too many messages (429)';
  const word = /^[a-z_]{2,40}$/.test(body) ? body : null;
  const meaning = word === null ? undefined : REFUSALS[word];
  return `it answered ${status}${word === null ? '' : ` ${word}`}${meaning === undefined ? '' : `, which means that ${meaning}`}`;
}

function rejectedBy(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal?.aborted === true) reject(signal.reason);
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function eitherOf(ours: AbortSignal | undefined, theirs: AbortSignal | null | undefined): AbortSignal | null {
  const signals = [ours, theirs].filter((signal) => signal !== undefined && signal !== null);
  return signals.length === 0 ? null : AbortSignal.any(signals);
}
