import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';

/** Where somebody is told; null where nobody is to be. */
export interface Channels {
  slack: URL | null;
  ping: URL | null;
}

/**
 * The addresses in force: Slack's from the configuration, as it is a secret; the ping's from `--ping` or the configuration.
 * Throws CONFIG_INVALID where one cannot be used, or Slack is wanted and not configured.
 */
export async function channelsOf(
  context: Context,
  wanted: { slack: boolean | 'if configured'; ping: string | undefined },
): Promise<Channels> {
  const [{ parseChannelUrl }, { config, origins }] = await Promise.all([
    import('../notify/request.js'),
    context.loaded(),
  ]);
  const nameOf = (key: 'slackWebhookUrl' | 'pingUrl') =>
    origins[key]?.from === 'environment' ? (origins[key].name ?? key) : key;
  if (wanted.slack === true && config.slackWebhookUrl === undefined) {
    throw new SmsfoodError(
      'CONFIG_INVALID',
      'No Slack webhook is configured.',
      'Set SLACK_WEBHOOK_URL to the address of an incoming webhook; Slack shows it under Incoming Webhooks of your app.',
    );
  }
  const slack = wanted.slack === false ? undefined : config.slackWebhookUrl;
  const [ping, pingName] = wanted.ping === undefined ? [config.pingUrl, nameOf('pingUrl')] : [wanted.ping, '--ping'];
  return {
    slack: slack === undefined ? null : parseChannelUrl(slack, nameOf('slackWebhookUrl')),
    ping: ping === undefined ? null : parseChannelUrl(ping, pingName),
  };
}
