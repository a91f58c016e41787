import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { temporaryFolder } from '../harness/folder.js';
import { hasProgram, Terminal } from '../harness/terminal.js';

describe('a press of Tab', () => {
  /** A folder with something in it, and `smsfood` on the PATH. */
  function place() {
    const program = join(packageRoot(), 'bin', 'smsfood.js');
    const files = {
      'totals.json': '',
      'own-checks/tips/negative.sql': '',
      'bin/smsfood': `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`,
    };
    const cwd = temporaryFolder(files);
    chmodSync(join(cwd, 'bin', 'smsfood'), 0o755);
    return { cwd, env: { HOME: cwd, TERM: 'dumb', PATH: `${join(cwd, 'bin')}:${process.env.PATH}` } };
  }

  /** Press Tab, see the rest of the line, and clear it. */
  async function press(terminal: Terminal) {
    const tab = async (line: string, expected: RegExp) => {
      await terminal.type(`${line}\t`, expected);
      await terminal.type('\x15echo "cleared"\n', /[\n\r]cleared\r\n/);
    };
    await tab('smsfood kpi rev', /smsfood kpi revenue/);
    await tab('smsfood check orders.stale-p', /stale-pending/);
    await tab('smsfood check --reason "a b" --fail-on=n', /--fail-on=never/);
    await tab('smsfood runs list --command "webhooks si', /"webhooks simulate"/);
    await tab('smsfood runs list --command webhooks\\ si', /webhooks\\ simulate/);
    await tab('smsfood check --format=j', /json\s+(?:--format=)?junit/);
    await tab('smsfood check --output=tot', /--output=totals\.json/);
    await tab('smsfood check --checks own', /own-checks\//);
  }

  it.skipIf(!hasProgram('script'))('bash completes them', async () => {
    const terminal = new Terminal('bash --norc --noprofile -i', place());
    const setUp =
      'bind "set show-all-if-ambiguous on"; eval "$(smsfood completion bash)"; complete -p | grep smsfood\n';
    await terminal.type(setUp, /-F _smsfood smsfood/);
    await press(terminal);
  });

  it.skipIf(!hasProgram('script') || !hasProgram('zsh'))('zsh completes them', async () => {
    const terminal = new Terminal('zsh -f -i', place());
    const setUp = 'autoload -Uz compinit; compinit -u -D; source <(smsfood completion zsh); echo $_comps[smsfood]\n';
    await terminal.type(setUp, /\n_smsfood/);
    await press(terminal);
  });

  it.skipIf(!hasProgram('fish'))('fish completes them', () => {
    const lines = ['kpi rev', 'check --fail-on=n', 'check --output=tot', 'check --checks own', 'check orders.stale-p'];
    const asked = lines.map((line) => `complete -C 'smsfood ${line}'`).join('\n');
    const { stdout, stderr } = spawnSync('fish', ['-c', `source (smsfood completion fish | psub)\n${asked}`], {
      ...place(),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split('\t')[0]),
    ).toEqual(['revenue', '--fail-on=never', '--output=totals.json', 'own-checks/', 'orders.stale-pending']);
  });
});
