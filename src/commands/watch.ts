import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from '../context.js';
import type { Report } from '../report.js';
import { emit } from './emit.js';

const CLEAR = '\u001b[H\u001b[2J\u001b[3J';

/** Shows a report again and again on a cleared terminal. Ends only with the signal, whose reason it throws. */
export async function watch(context: Context, seconds: number, read: () => Promise<Report>): Promise<never> {
  const { stdout, signal } = context.io;
  for (;;) {
    const report = await read();
    stdout.write(CLEAR); // not before there is something to show instead
    await emit(context, report, { format: 'table' });
    stdout.write(`\nEvery ${seconds} s. Ctrl-C stops it.\n`);
    await wait(seconds * 1000, undefined, { signal });
  }
}
