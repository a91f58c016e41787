import type { Command } from 'commander';
import type { CommandNode, OptionNode } from '../completion/command-node.js';
import { examplesOf } from './command.js';

/** A command with its subcommands, as plain values. What is hidden from help is left out, and so is `help` itself. */
export function describeCommand(command: Command): CommandNode {
  const help = command.createHelp();
  return {
    name: command.name(),
    summary: command.summary() || command.description(),
    description: command.description(),
    usage: command.usage(),
    isRunnable: command.commands.length === 0 || command.options.length > 0,
    arguments: command.registeredArguments.map((each) => ({
      name: each.name(),
      description: each.description,
      isRequired: each.required,
      isVariadic: each.variadic,
      choices: each.argChoices ?? [],
    })),
    options: help.visibleOptions(command).map(describeOption),
    commands: help
      .visibleCommands(command)
      .filter((each) => each.name() !== 'help')
      .map(describeCommand),
    examples: examplesOf(command).map(([what, line]) => ({ what, line })),
    notes: notesOf(command),
  };
}

function describeOption(option: ReturnType<ReturnType<Command['createHelp']>['visibleOptions']>[number]): OptionNode {
  const { flags, long, short, description, argChoices, defaultValue } = option;
  return {
    flags,
    long: long ?? short ?? flags,
    short: short ?? null,
    description,
    value: /[<[](.+?)[\]>]$/.exec(flags)?.[1] ?? null,
    isValueRequired: option.required,
    choices: argChoices ?? [],
    default: defaultValue === undefined || defaultValue === false ? null : String(defaultValue),
  };
}

/** What a command's help says below its options, without the examples. */
function notesOf(command: Command): string {
  let text = '';
  const before = command.configureOutput();
  command.configureOutput({ ...before, writeOut: (part) => (text += part) });
  command.outputHelp();
  command.configureOutput(before);
  const notes = text.slice(command.helpInformation().length);
  return notes.replace(/^Examples:\n(?: {2}.*\n)*/m, '').trim();
}
