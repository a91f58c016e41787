import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { SmsfoodError } from '../errors.js';

const TRIES = 50;

/**
 * A port that nothing listens on: the preferred one where it is free. New ones come from below the ranges that
 * operating systems take ports for outgoing connections from, so that the remembered one is likely to stay free.
 */
export async function choosePort(preferred: number | null): Promise<number> {
  if (preferred !== null && (await isFree(preferred))) return preferred;
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(20_000, 30_000);
    if (await isFree(port)) return port;
  }
  throw new SmsfoodError(
    'SANDBOX_FAILED',
    'No free port on 127.0.0.1 was found for the sandbox.',
    'Free one from 20000 to 29999.',
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
