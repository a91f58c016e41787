import type { ArgumentNode, CommandNode, OptionNode } from './command-node.js';

/** A word that may stand at the cursor. */
export interface Candidate {
  value: string;
  description: string;
}

export interface Completion {
  candidates: Candidate[];
  /** What the shell itself is to offer. */
  others: 'files' | 'folders' | 'none';
}

/** What is known beside the command line itself. Asked only where it is wanted. */
export interface Names {
  /** Of the folders of `--checks` as well, and of the file of `--config` where it is given. */
  checks(
    directories: readonly string[],
    configFile: string | undefined,
  ): { id: string; title: string; owner: string | null; parameters: string[] }[];
}

/** Further pages of `smsfood help`. */
const HELP_PAGES: readonly Candidate[] = [{ value: 'exit-codes', description: 'what the exit codes mean' }];

/**
 * What may stand at the cursor. `words` are those behind the program's name up to the cursor; the last is the one that
 * is being typed, and may be empty.
 */
export function complete(root: CommandNode, words: readonly string[], names: Names): Completion {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const found = before[0] === 'help' ? helpPages(root, before.slice(1)) : atCursor(root, before, typed, names);
  return { ...found, candidates: found.candidates.filter(({ value }) => value.startsWith(typed)) };
}

function helpPages(root: CommandNode, path: readonly string[]): Completion {
  const node = path.reduce<CommandNode | undefined>((at, word) => at && childOf(at, word), root);
  const pages = path.length === 0 ? HELP_PAGES : [];
  return only([...commandsOf(node), ...pages]);
}

function atCursor(root: CommandNode, before: readonly string[], typed: string, names: Names): Completion {
  const { node, path, positionals, pending, isPositionalOnly } = walk(root, before);
  const known = () => names.checks(valuesOf(before, '--checks'), valuesOf(before, '--config').at(-1));
  if (pending !== null && (pending.isValueRequired || !typed.startsWith('-')))
    return offersFor(root, pending, pending.value ?? '', known);
  if (typed.startsWith('-') && !isPositionalOnly) {
    const option = typed.includes('=') ? findOption(path, typed.slice(0, typed.indexOf('='))) : undefined;
    return option === undefined
      ? only(optionsOf(node))
      : glued(option, offersFor(root, option, option.value ?? '', known));
  }
  const help = node === root ? [{ value: 'help', description: 'show help for a command' }] : [];
  const commands = positionals === 0 ? [...commandsOf(node), ...help] : [];
  const argument = node.arguments[positionals] ?? node.arguments.findLast(({ isVariadic }) => isVariadic);
  if (argument === undefined) return only(commands);
  const { candidates, others } = offersFor(root, argument, argument.name, known);
  return { candidates: [...commands, ...candidates], others };
}

interface Place {
  node: CommandNode;
  /** From the root to `node`: options of all of them are known there. */
  path: CommandNode[];
  /** How many arguments stand before the cursor. */
  positionals: number;
  /** The option whose value is due. */
  pending: OptionNode | null;
  /** Behind `--`. */
  isPositionalOnly: boolean;
}

function walk(root: CommandNode, words: readonly string[]): Place {
  const place: Place = { node: root, path: [root], positionals: 0, pending: null, isPositionalOnly: false };
  for (const word of words) {
    const isOption = word.startsWith('-') && word !== '-' && !place.isPositionalOnly;
    if (place.pending !== null && (place.pending.isValueRequired || !isOption)) place.pending = null;
    else if (isOption) {
      place.isPositionalOnly = word === '--';
      const option = word.includes('=') ? undefined : findOption(place.path, word);
      place.pending = option?.value === undefined || option.value === null ? null : option;
    } else step(place, word);
  }
  return place;
}

function step(place: Place, word: string): void {
  const child = place.positionals === 0 ? childOf(place.node, word) : undefined;
  if (child === undefined) place.positionals++;
  else {
    place.node = child;
    place.path.push(child);
  }
}

function childOf(node: CommandNode, name: string): CommandNode | undefined {
  return node.commands.find((each) => each.name === name);
}

function findOption(path: readonly CommandNode[], name: string): OptionNode | undefined {
  return path.flatMap(({ options }) => options).findLast(({ long, short }) => name === long || name === short);
}

/** The values that an option has so far, in both of its forms. */
function valuesOf(words: readonly string[], option: string): string[] {
  return words.flatMap((word, index) => {
    if (word.startsWith(`${option}=`)) return [word.slice(option.length + 1)];
    const value = words[index + 1];
    return word === option && value !== undefined ? [value] : [];
  });
}

const FILES = ['file', 'manifest', 'place'];
const FOLDERS = ['dir', 'folder'];

/** The values of an option or argument: its choices, or what its name in the help stands for. */
function offersFor(
  root: CommandNode,
  subject: OptionNode | ArgumentNode,
  name: string,
  known: () => ReturnType<Names['checks']>,
): Completion {
  if (subject.choices.length > 0) return only(subject.choices.map((value) => ({ value, description: '' })));
  const long = 'long' in subject ? subject.long : '';
  if (name === 'check' || name === 'checks') return only(checksOf(known(), name === 'checks'));
  if (name === 'check.name=value') return only(parametersOf(known()));
  if (long === '--owner') return only(distinct(known().map(({ owner }) => owner ?? '')));
  if (long === '--command') return only(distinct(pathsOf(root)));
  return { candidates: [], others: FILES.includes(name) ? 'files' : FOLDERS.includes(name) ? 'folders' : 'none' };
}

function checksOf(checks: ReturnType<Names['checks']>, withDomains: boolean): Candidate[] {
  const ids = checks.map(({ id, title }) => ({ value: id, description: title }));
  const domains = withDomains ? distinct(checks.map(({ id }) => id.slice(0, id.indexOf('.')))) : [];
  return [...domains.map(({ value }) => ({ value, description: `all checks of ${value}` })), ...ids];
}

function parametersOf(checks: ReturnType<Names['checks']>): Candidate[] {
  return checks.flatMap(({ id, title, parameters }) =>
    parameters.map((name) => ({ value: `${id}.${name}=`, description: title })),
  );
}

/** `check`, `db install`, …: as the history names the commands. */
function pathsOf(node: CommandNode): string[] {
  return node.commands.flatMap((child) => {
    const own = child.isRunnable ? [child.name] : [];
    return [...own, ...pathsOf(child).map((rest) => `${child.name} ${rest}`)];
  });
}

function commandsOf(node: CommandNode | undefined): Candidate[] {
  return (node?.commands ?? []).map(({ name, summary }) => ({ value: name, description: summary }));
}

function optionsOf({ options }: CommandNode): Candidate[] {
  return options.map(({ long, description }) => ({ value: long, description }));
}

/** `--format=json` is one word. */
function glued({ long }: OptionNode, { candidates, others }: Completion): Completion {
  return { candidates: candidates.map((each) => ({ ...each, value: `${long}=${each.value}` })), others };
}

function only(candidates: Candidate[]): Completion {
  return { candidates, others: 'none' };
}

function distinct(values: readonly string[]): Candidate[] {
  return [...new Set(values)]
    .filter((value) => value !== '')
    .sort()
    .map((value) => ({ value, description: '' }));
}
