import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { SmsfoodError } from '../errors.js';
import { packageRoot } from '../package-root.js';
import { type Host, subcommand, withChoices } from './command.js';

/** The file of each shell, named as its shell looks for it. */
const SCRIPTS = new Map([
  ['bash', 'smsfood.bash'],
  ['zsh', '_smsfood'],
  ['fish', 'smsfood.fish'],
]);

export function define(parent: Command, host: Host): void {
  subcommand(parent, 'completion', 'Print the script by which a shell completes smsfood: commands, options, checks.', [
    ['bash, in ~/.bashrc', 'eval "$(smsfood completion bash)"'],
    ['zsh, in ~/.zshrc, below compinit', 'source <(smsfood completion zsh)'],
    ['fish, once', 'smsfood completion fish > ~/.config/fish/completions/smsfood.fish'],
  ])
    .addArgument(withChoices(new Argument('<shell>', 'your shell'), [...SCRIPTS.keys()]))
    .addHelpText(
      'after',
      `
The script asks smsfood itself for what may come next, so that it stays right when smsfood, its checks or those of
checks.directories change. Nothing is read but files: no database.
`,
    )
    .action(
      host.run('completion', async ({ io }, [shell = '']) => {
        const file = SCRIPTS.get(shell);
        if (file === undefined) {
          const { suggestion } = await import('../nearest.js');
          throw new SmsfoodError(
            'USAGE',
            `There is no completion for "${shell}".`,
            suggestion(shell, [...SCRIPTS.keys()]),
          );
        }
        io.stdout.write(readFileSync(join(packageRoot(), 'completions', file), 'utf8'));
        return 0;
      }),
    );
}
