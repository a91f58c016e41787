import { CommanderError } from 'commander';
import type { CommandNode } from '../../src/completion/command-node.js';
import { commandTree, wholeProgram } from '../../src/program.js';

/** The calls of smsfood in a script, each as its arguments: up to the end of the line, or what the shell ends it with. */
export function callsIn(script: string): string[][] {
  const joined = script.replace(/\\\n\s*/g, ' ');
  const starts = joined.matchAll(/(?<=^|[\s(;&|"'/`])smsfood(?= )/gm);
  return [...starts].map(({ index }) => wordsOf(joined.slice(index + 'smsfood'.length)));
}

/** The words of a shell command line. Quotes are taken off; nothing is expanded. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  const token = /\s*((?:"(?:\\.|[^"\\])*"|'[^']*'|\$\([^)]*\)|[^\s"';&|()<>#`]|(?<=\S)#)+)|[ \t]*(.)/gy;
  for (const [, word] of line.split('\n', 1)[0]?.matchAll(token) ?? []) {
    if (word === undefined) break;
    words.push(word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_, double, single) => double ?? single));
  }
  return words;
}

/** Says why the program would refuse these arguments, or null. Nothing is run. */
export async function refusal(args: readonly string[]): Promise<string | null> {
  if (args[0] === 'help') return null;
  const program = await wholeProgram({ run: () => async () => undefined });
  try {
    await program.parseAsync(args, { from: 'user' });
    return null;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return null;
    return error instanceof Error ? error.message : String(error);
  }
}

/** Every command that does something, with its whole name. */
export async function runnableCommands(): Promise<(CommandNode & { path: string })[]> {
  const visit = (node: CommandNode, path: string): (CommandNode & { path: string })[] => {
    const own = node.isRunnable ? [{ ...node, path }] : [];
    return [...own, ...node.commands.flatMap((child) => visit(child, `${path} ${child.name}`))];
  };
  return (await commandTree()).commands.flatMap((node) => visit(node, node.name));
}
