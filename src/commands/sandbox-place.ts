import type { Context } from '../context.js';
import { maskUrl } from '../redaction.js';
import type { SandboxPlace } from '../sandbox/place.js';
import type { SandboxState } from '../sandbox/server.js';

/** Where this user's sandbox lives. */
export async function place(context: Context): Promise<SandboxPlace> {
  const { sandboxHome } = await import('../sandbox/place.js');
  return { dataDir: await sandboxHome(context.io.env) };
}

/** One fact a line; the URL with its password only when asked for. */
export function printState(context: Context, state: SandboxState, reveal: boolean): void {
  const url = state.url === null ? '-' : reveal ? state.url : maskUrl(state.url);
  const facts = [
    ['status', state.running ? 'running' : 'stopped'],
    ['server', `PostgreSQL ${state.version}`],
    ['url', url],
    ['pid', state.pid ?? '-'],
    ['data', state.dataDir],
    ['since', state.startedAt?.toISOString() ?? '-'],
  ];
  context.io.stdout.write(facts.map(([name, value]) => `${String(name).padEnd(7)} ${value}\n`).join(''));
}
