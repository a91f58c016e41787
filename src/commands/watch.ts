import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from '../context.js';

const CLEAR = '\u001b[H\u001b[2J\u001b[3J';

/** Shows something again and again on a cleared terminal. Ends only with the signal, whose reason it throws. */
export async function watch({ io }: Context, seconds: number, show: () => Promise<void>): Promise<never> {
  for (;;) {
    io.stdout.write(CLEAR);
    await show();
    io.stdout.write(`\nEvery ${seconds} s. Ctrl-C stops it.\n`);
    await wait(seconds * 1000, undefined, { signal: io.signal });
  }
}
