import { type ErrorCode, SmsfoodError, systemCode } from '../errors.js';
import { redact } from '../redaction.js';
import { sqlState } from './errors.js';
import type { DatabaseUrl } from './url.js';

const TLS_CODES = /^(?:ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER)/;

/** Turns what node-postgres throws while connecting into a sentence for a person. Never repeats the password. */
export function connectionError(error: unknown, url: DatabaseUrl): SmsfoodError {
  const place = `${url.host}:${url.port} (${url.name})`;
  const system = systemCode(error);
  const text = error instanceof Error ? error.message : String(error);
  const make = (code: ErrorCode, message: string, hint: string) =>
    new SmsfoodError(code, message, hint, { cause: error });

  if (system === 'ENOTFOUND' || system === 'EAI_AGAIN') {
    return make(
      'DB_HOST_UNKNOWN',
      `The host "${url.host}" in ${url.name} is not known.`,
      'Check the spelling of the host, and the network or VPN.',
    );
  }
  if (system !== '' && error instanceof Error && 'syscall' in error && error.syscall === 'open') {
    return make(
      'DB_TLS',
      `A certificate that ${url.name} names cannot be read: ${redact(text)}.`,
      'Check sslrootcert, sslcert and sslkey in the URL.',
    );
  }
  if (system === 'ECONNREFUSED' || system === 'ENOENT') {
    return make(
      'DB_UNREACHABLE',
      `Nothing answers at ${place}: connection refused.`,
      'Is the server running, and are host and port right?',
    );
  }
  if (
    TLS_CODES.test(system) ||
    /does not support SSL|establishing an SSL|SSL\/TLS required|no encryption/i.test(text)
  ) {
    return make(
      'DB_TLS',
      `No TLS connection to ${place} as ${url.name} asks for: ${tlsReason(text, system)}.`,
      'Set sslmode in the URL: disable, require, or verify-full with sslrootcert=FILE.',
    );
  }
  switch (sqlState(error)) {
    case '28P01':
    case '28000':
      return make(
        'DB_AUTH_FAILED',
        `The server at ${place} refuses the user "${url.user}" or its password.`,
        'Check user and password; a password with special characters must be percent-encoded in the URL.',
      );
    case '3D000':
      return make(
        'DB_NOT_FOUND',
        `There is no database "${url.database}" at ${place}.`,
        'Check the last part of the URL.',
      );
    case '53300':
      return make(
        'DB_UNREACHABLE',
        `The server at ${place} has no connection left to give.`,
        'Lower --jobs, or set DIRECT_URL or REPLICA_URL to a server with free connections.',
      );
    case '57P03':
      return make(
        'DB_UNREACHABLE',
        `The server at ${place} is starting up or shutting down.`,
        'Try again in a moment.',
      );
    case '08P01':
      return make(
        'DB_POOLER',
        `The pooler at ${place} refuses what smsfood needs: ${redact(text)}.`,
        'Set DIRECT_URL to a session connection (Supabase: port 5432).',
      );
    default:
  }
  if (/client password must be a string/i.test(text)) {
    return make(
      'DB_AUTH_FAILED',
      `The server at ${place} asks for a password and ${url.name} has none.`,
      'Put it into the URL: postgresql://USER:PASSWORD, then @HOST/DATABASE.',
    );
  }
  if (/timeout|ETIMEDOUT/i.test(text) || system === 'ETIMEDOUT') {
    return make(
      'DB_TIMEOUT',
      `No connection to ${place} in time.`,
      'Is a firewall in between, or a pooler with no connection left? `database.connectTimeout` in the configuration sets how long to wait.',
    );
  }
  return make(
    'DB_UNREACHABLE',
    `No connection to ${place}: ${redact(text)}.`,
    'Run `smsfood doctor` to see the configuration in force.',
  );
}

function tlsReason(text: string, system: string): string {
  if (/does not support SSL/i.test(text)) return 'the server does not speak TLS';
  if (/establishing an SSL/i.test(text)) return 'the server speaks neither TLS nor PostgreSQL';
  if (/no encryption/i.test(text)) return 'the server demands it and the URL does not ask for it';
  return `the certificate was not accepted (${system || redact(text)})`;
}
