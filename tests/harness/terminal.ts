import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { onTestFinished, vi } from 'vitest';

export const hasProgram = (name: string) => spawnSync(name, ['--version']).status === 0;

/** A shell on a pseudo-terminal (util-linux's `script`), typed into as a person does. It ends with the test. */
export class Terminal {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #shown = '';

  constructor(shell: string, { env, cwd }: { env: Record<string, string>; cwd: string }) {
    this.#child = spawn('script', ['-qec', shell, '/dev/null'], {
      cwd,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#shown += text.replaceAll('\x07', '').replaceAll('\b', ''); // a screen shows nothing of these;
    });
    onTestFinished(() => this.#close());
  }

  /** Types, and waits until the screen shows what is expected. Returns all that has appeared since. */
  async type(text: string, expected: RegExp): Promise<string> {
    this.#shown = '';
    this.#child.stdin.write(text);
    await vi.waitFor(
      () => {
        if (!expected.test(this.#shown)) throw new Error(`${expected} is not in ${JSON.stringify(this.#shown)}`);
      },
      { timeout: 20_000, interval: 20 },
    );
    return this.#shown;
  }

  async #close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.stdin.end('\x15exit\n'); // clears the line, as a person would, and leaves
    const hung = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await closed;
    clearTimeout(hung);
  }
}
