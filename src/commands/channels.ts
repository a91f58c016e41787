import type { Context } from '../context.js';
import { SmsfoodError } from '../errors.js';

/** Where somebody is told; null where nobody is to be. */
export interface Channels {
  slack: URL | null;
  ping: URL | null;
}

export interface Wanted {
  /** `true` needs it to be configured. */
  slack: boolean | 'if configured';
  ping: { address: string } | 'if configured' | null;
}

/**
 * The addresses in force: Slack's from the configuration, as it is a secret; the ping's from `--ping` or the configuration.
 * Throws CONFIG_INVALID where one cannot be used, or Slack is wanted and not configured.
 */
export async function channelsOf(context: Context, wanted: Wanted): Promise<Channels> {
  const [{ parseChannelUrl }, { config, origins }] = await Promise.all([
    import('../notify/request.js'),
    context.loaded(),
  ]);
  if (wanted.slack === true && config.slackWebhookUrl === undefined) {
    throw new SmsfoodError(
      'CONFIG_INVALID',
      'No Slack webhook is configured.',
      'Set SLACK_WEBHOOK_URL to the address of an incoming webhook; Slack shows it under Incoming Webhooks of your app.',
    );
  }
  const configured = (key: 'slackWebhookUrl' | 'pingUrl') => {
    const address = config[key];
    const origin = origins[key];
    const name = origin?.from === 'environment' ? origin.name : null;
    return address === undefined ? null : parseChannelUrl(address, name ?? key);
  };
  const { slack, ping } = wanted;
  return {
    slack: slack === false ? null : configured('slackWebhookUrl'),
    ping: typeof ping === 'string' ? configured('pingUrl') : ping && parseChannelUrl(ping.address, '--ping'),
  };
}
