import { type ErrorCode, SmsfoodError, systemCode } from '../errors.js';
import { redact } from '../redaction.js';
import { sqlState } from './errors.js';
import type { DatabaseUrl } from './url.js';

interface Failure {
  error: unknown;
  /** The operating system's code, or that of the TLS library; empty where there is none. */
  code: string;
  text: string;
  url: DatabaseUrl;
  place: string;
}

/** What is wrong, and what to do next. */
type Trouble = readonly [code: ErrorCode, message: string, hint: string];

/** Turns what node-postgres throws while connecting into a sentence for a person. Never repeats the password. */
export function connectionError(error: unknown, url: DatabaseUrl): SmsfoodError {
  const text = error instanceof Error ? error.message : String(error);
  const failure = { error, code: systemCode(error), text, url, place: `${url.host}:${url.port} (${url.name})` };
  const [code, message, hint] =
    networkTrouble(failure) ?? tlsTrouble(failure) ?? serverTrouble(failure) ?? otherTrouble(failure);
  return new SmsfoodError(code, message, hint, { cause: error });
}

function networkTrouble({ error, code, text, url, place }: Failure): Trouble | null {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return [
      'DB_HOST_UNKNOWN',
      `The host "${url.host}" in ${url.name} is not known.`,
      'Check the spelling of the host, and the network or VPN.',
    ];
  if (code !== '' && error instanceof Error && 'syscall' in error && error.syscall === 'open')
    return [
      'DB_TLS',
      `A certificate that ${url.name} names cannot be read: ${redact(text)}.`,
      'Check sslrootcert, sslcert and sslkey in the URL.',
    ];
  if (code === 'ECONNREFUSED' || code === 'ENOENT')
    return [
      'DB_UNREACHABLE',
      `Nothing answers at ${place}: connection refused.`,
      'Is the server running, and are host and port right?',
    ];
  return null;
}

const TLS_CODES = /^(?:ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER)/;
const TLS_WORDS = /does not support SSL|establishing an SSL|SSL\/TLS required|no encryption/i;

function tlsTrouble({ code, text, url, place }: Failure): Trouble | null {
  if (!TLS_CODES.test(code) && !TLS_WORDS.test(text)) return null;
  return [
    'DB_TLS',
    `No TLS connection to ${place} as ${url.name} asks for: ${tlsReason(text, code)}.`,
    'Set sslmode in the URL: disable, require, or verify-full with sslrootcert=FILE.',
  ];
}

function tlsReason(text: string, code: string): string {
  if (/does not support SSL/i.test(text)) return 'the server does not speak TLS';
  if (/establishing an SSL/i.test(text)) return 'the server speaks neither TLS nor PostgreSQL';
  if (/no encryption/i.test(text)) return 'the server demands it and the URL does not ask for it';
  return `the certificate was not accepted (${code || redact(text)})`;
}

/** What the server itself, or a pooler before it, has answered. */
function serverTrouble({ error, text, url, place }: Failure): Trouble | null {
  switch (sqlState(error)) {
    case '28P01':
    case '28000':
      return [
        'DB_AUTH_FAILED',
        `The server at ${place} refuses the user "${url.user}" or its password.`,
        'Check user and password; a password with special characters must be percent-encoded in the URL.',
      ];
    case '3D000':
      return ['DB_NOT_FOUND', `There is no database "${url.database}" at ${place}.`, 'Check the last part of the URL.'];
    case '53300':
      return [
        'DB_UNREACHABLE',
        `The server at ${place} has no connection left to give.`,
        'Lower --jobs, or set DIRECT_URL or REPLICA_URL to a server with free connections.',
      ];
    case '57P03':
      return ['DB_UNREACHABLE', `The server at ${place} is starting up or shutting down.`, 'Try again in a moment.'];
    case '08P01':
      return [
        'DB_POOLER',
        `The pooler at ${place} refuses what smsfood needs: ${redact(text)}.`,
        'Set DIRECT_URL to a session connection (Supabase: port 5432).',
      ];
    default:
      return null;
  }
}

function otherTrouble({ code, text, url, place }: Failure): Trouble {
  if (/client password must be a string/i.test(text))
    return [
      'DB_AUTH_FAILED',
      `The server at ${place} asks for a password and ${url.name} has none.`,
      'Put it into the URL: postgresql://USER:PASSWORD, then @HOST/DATABASE.',
    ];
  if (/timeout|ETIMEDOUT/i.test(text) || code === 'ETIMEDOUT')
    return [
      'DB_TIMEOUT',
      `No connection to ${place} in time.`,
      'Is a firewall in between, or a pooler with no connection left? `database.connectTimeout` in the configuration sets how long to wait.',
    ];
  return [
    'DB_UNREACHABLE',
    `No connection to ${place}: ${redact(text)}.`,
    'Run `smsfood doctor` to see the configuration in force.',
  ];
}
