import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkNames } from '../checks/names.js';
import type { CommandNode } from '../completion/command-node.js';
import { complete } from '../completion/complete.js';
import type { Io } from '../context.js';
import { packageRoot } from '../package-root.js';

/**
 * Answers a shell's completion script (`smsfood __complete WORD…`), as completions/smsfood.bash explains. It is asked at
 * every press of Tab, so it reads the command line from the file that the build has written of it: loading the commands
 * themselves, with commander and zod, takes five times as long. Whatever cannot be read is not offered.
 */
export function answerShell(words: readonly string[], { cwd, stdout }: Io): number {
  const root: CommandNode = JSON.parse(readFileSync(join(packageRoot(), 'dist', 'commands.json'), 'utf8'));
  const { candidates, others } = complete(root, words, {
    checks: (directories, configFile = 'smsfood.config.json') =>
      checkNames([...configuredDirectories(resolve(cwd, configFile)), ...directories], cwd),
  });
  const lines = candidates.map(({ value, description }) => `${value}\t${description.replace(/\s+/g, ' ')}\n`);
  stdout.write(`${lines.join('')}:${others}\n`);
  return 0;
}

/** `checks.directories` of a configuration file, as far as it can be read. */
function configuredDirectories(path: string): string[] {
  try {
    const { checks }: { checks?: { directories?: unknown } } = JSON.parse(readFileSync(path, 'utf8'));
    const directories = checks?.directories;
    return Array.isArray(directories) ? directories.filter((each) => typeof each === 'string') : [];
  } catch {
    return [];
  }
}
