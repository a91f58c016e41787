import { SmsfoodError, systemCode } from '../errors.js';

/**
 * An address to send to: https, or http on this machine, as whoever knows it can write in our name. `name` says where it
 * comes from, such as SLACK_WEBHOOK_URL. Throws CONFIG_INVALID without repeating the address.
 */
export function parseChannelUrl(address: string, name: string): URL {
  if (!URL.canParse(address)) throw new SmsfoodError('CONFIG_INVALID', `${name} is not a valid URL.`, example(name));
  const url = new URL(address);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) return url;
  throw new SmsfoodError(
    'CONFIG_INVALID',
    `${name} must begin with https:// (http:// is for this machine only): the address is a secret.`,
    example(name),
  );
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}

function example(name: string): string {
  return /slack/i.test(name)
    ? 'Slack shows it under Incoming Webhooks of your app; it begins with https://hooks.slack.com/services/.'
    : 'It looks like https://hc-ping.com/ and the id of the check.';
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers there: connection refused',
  ECONNRESET: 'the connection was closed before an answer came',
  UND_ERR_SOCKET: 'the connection was closed before an answer came',
  EPIPE: 'the connection was closed before an answer came',
  ENOTFOUND: 'the host is not known',
  EAI_AGAIN: 'the host is not known, or the network is down',
  ENETUNREACH: 'the network is down',
  EHOSTUNREACH: 'the host cannot be reached',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
};

/** Why a request got no answer, in words of our own: those of fetch may repeat the address. */
export function requestTrouble(error: unknown, timeoutMs: number): string {
  const chain = causes(error);
  if (chain.some(({ name }) => name === 'TimeoutError')) return `no answer within ${timeoutMs / 1000} s`;
  if (chain.some(({ name }) => name === 'AbortError' || name === 'SmsfoodError')) return 'it was stopped';
  if (chain.some(({ message }) => message === 'unexpected redirect')) return 'it redirects to another address';
  if (chain.some(({ message }) => message === 'bad port')) return 'its port is one of those that no client may use';
  const code = chain.map(codeOf).find((each) => each !== '') ?? '';
  if (/CERT|TLS|SSL|SELF_SIGNED/.test(code)) return `its certificate was not accepted (${code})`;
  return REASONS[code] ?? `the request failed${code === '' ? '' : ` (${code})`}`;
}

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let each = error; each instanceof Error && chain.length < 5; each = each.cause) chain.push(each);
  return chain;
}

function codeOf(error: Error): string {
  const code = systemCode(error);
  return /^[A-Z_]+$/.test(code) ? code : '';
}
