import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { packageRoot } from '../package-root.js';
import { type Host, subcommand } from './command.js';

/** The file of each shell, named as its shell looks for it. */
const SCRIPTS = { bash: 'smsfood.bash', zsh: '_smsfood', fish: 'smsfood.fish' } as const;

export function define(parent: Command, host: Host): void {
  subcommand(parent, 'completion', 'Print the script by which a shell completes smsfood: commands, options, checks.', [
    ['bash, in ~/.bashrc', 'source <(smsfood completion bash)'],
    ['zsh, in ~/.zshrc, below compinit', 'source <(smsfood completion zsh)'],
    ['fish, once', 'smsfood completion fish > ~/.config/fish/completions/smsfood.fish'],
  ])
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(SCRIPTS)))
    .addHelpText(
      'after',
      `
The script asks smsfood itself for what may come next, so that it stays right when smsfood, its checks or those of
checks.directories change. Nothing is read but files: no database.
`,
    )
    .action(
      host.run('completion', async ({ io }, [shell]) => {
        const file = Object.entries(SCRIPTS).find(([name]) => name === shell)?.[1] ?? SCRIPTS.bash;
        io.stdout.write(readFileSync(join(packageRoot(), 'completions', file), 'utf8'));
        return 0;
      }),
    );
}
