import { resolve } from 'node:path';
import { type Context, wantsColor } from '../context.js';
import { RENDERERS } from '../output/index.js';
import type { Report } from '../report.js';
import type { OutputOptions } from './output-options.js';

/**
 * Prints a report in the wanted format: to standard output, or with `output` to a file, whole or not at all. `mode` is
 * for files that not everybody may read.
 */
export async function emit(
  context: Context,
  report: Report,
  { format, output }: OutputOptions,
  mode?: number,
): Promise<void> {
  const { stdout, env, cwd, signal } = context.io;
  const render = await RENDERERS[format]();
  const isFile = output !== undefined;
  const text = render(report, {
    columns: isFile || !stdout.isTerminal ? 100 : stdout.columns,
    color: !isFile && wantsColor(context.io, stdout),
    unicode: isFile || /utf-?8/i.test(env.LC_ALL ?? env.LC_CTYPE ?? env.LANG ?? 'utf-8') || !stdout.isTerminal,
  });
  if (!isFile) {
    stdout.write(text);
    return;
  }
  const { writeFileAtomic } = await import('../output/file.js');
  const path = resolve(cwd, output);
  await writeFileAtomic(path, text, { signal, ...(mode === undefined ? {} : { mode }) });
  context.hint(`Wrote ${path}.`);
}
