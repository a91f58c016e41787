import { setTimeout as sleep } from 'node:timers/promises';
import type { Notification } from 'pg';
import { connect, type Pool } from '../db/pool.js';
import type { Bell } from './bell.js';
import { CHANNEL } from './inbox.js';

const RECONNECT_MS = 2_000;

/**
 * Rings the bell whenever an event was stored by any process, over a connection of its own, until the signal is aborted.
 * Behind a pooler in transaction mode nothing arrives, which nobody notices: workers look for themselves once a second.
 */
export async function listen(pool: Pool, bell: Bell, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await listenOnce(pool, bell, signal).catch(() => undefined);
    await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Resolves when the connection is lost, or at the end. */
async function listenOnce(pool: Pool, bell: Bell, signal: AbortSignal): Promise<void> {
  const client = await connect(pool, signal);
  const onNotification = ({ channel }: Notification) => {
    if (channel === CHANNEL) bell.ring();
  };
  client.on('notification', onNotification);
  try {
    await new Promise<void>((resolve) => {
      client.on('error', () => resolve()); // there may be two: what the server says, and that it has gone
      client.once('end', () => resolve());
      signal.addEventListener('abort', () => resolve(), { once: true });
      client.query(`LISTEN ${CHANNEL}`).catch(() => resolve());
    });
  } finally {
    client.off('notification', onNotification);
    client.release(true); // never back to the pool, where it would go on listening
  }
}
