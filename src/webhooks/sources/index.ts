import { SmsfoodError } from '../../errors.js';
import { SOURCES, type Source } from '../event.js';
import { eztextingEndpoints } from './eztexting.js';
import type { Endpoint } from './source.js';
import { stripeEndpoint } from './stripe.js';
import { twilioEndpoints } from './twilio.js';

/** The secrets of the configuration; empty lists where there are none. */
export interface SourceSecrets {
  stripeWebhookSecret: readonly string[];
  twilioAuthToken: readonly string[];
  twilioAccountSid?: string | undefined;
  eztextingWebhookSecret: readonly string[];
}

const VARIABLES: Readonly<Record<Source, string>> = {
  stripe: 'STRIPE_WEBHOOK_SECRET',
  twilio: 'TWILIO_AUTH_TOKEN',
  eztexting: 'EZTEXTING_WEBHOOK_SECRET',
};

export interface Sources {
  endpoints: Endpoint[];
  /** Sources that are off, each with the variable that it lacks. */
  off: { source: Source; variable: string }[];
}

/** The routes of the sources that have a secret. Throws CONFIG_INVALID where none has, or one lacks something else. */
export async function openSources(secrets: SourceSecrets): Promise<Sources> {
  const { stripeWebhookSecret: stripe, twilioAuthToken: twilio, eztextingWebhookSecret: eztexting } = secrets;
  const lists = { stripe, twilio, eztexting };
  const off = SOURCES.filter((source) => lists[source].length === 0).map((source) => ({
    source,
    variable: VARIABLES[source],
  }));
  if (off.length === SOURCES.length)
    throw new SmsfoodError(
      'CONFIG_INVALID',
      'No source of webhooks has a secret, so nothing that arrives could be trusted.',
      `Set at least one of ${Object.values(VARIABLES).join(', ')}.`,
    );
  return {
    endpoints: [
      ...(stripe.length === 0 ? [] : [await stripeEndpoint(stripe)]),
      ...(twilio.length === 0
        ? []
        : await twilioEndpoints({ authTokens: twilio, accountSid: accountSid(secrets.twilioAccountSid) })),
      ...(eztexting.length === 0 ? [] : eztextingEndpoints(eztexting)),
    ],
    off,
  };
}

function accountSid(sid: string | undefined): string {
  if (sid !== undefined) return sid;
  throw new SmsfoodError(
    'CONFIG_INVALID',
    'TWILIO_AUTH_TOKEN is set, TWILIO_ACCOUNT_SID is not.',
    'Set TWILIO_ACCOUNT_SID to the account whose callbacks are to be accepted.',
  );
}
