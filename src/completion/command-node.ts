/** The command line as plain values: what completion, the man page and the tests of the documentation read. */
export interface CommandNode {
  name: string;
  /** A few words, for lists. */
  summary: string;
  /** A sentence or two. */
  description: string;
  /** `[options] <run>`: what stands behind its name. */
  usage: string;
  /** False for a group, which only has commands. */
  isRunnable: boolean;
  arguments: ArgumentNode[];
  options: OptionNode[];
  commands: CommandNode[];
  /** What each is for, and the line. */
  examples: { what: string; line: string }[];
  /** Paragraphs at the end of its help, examples apart. */
  notes: string;
}

export interface ArgumentNode {
  name: string;
  description: string;
  isRequired: boolean;
  isVariadic: boolean;
  choices: string[];
}

export interface OptionNode {
  /** `-f, --format <format>`. */
  flags: string;
  /** `--format`. */
  long: string;
  /** `-f`, or null. */
  short: string | null;
  description: string;
  /** What the help calls its value, such as `file`; null where it takes none. */
  value: string | null;
  isValueRequired: boolean;
  choices: string[];
  /** As text; null where it has none. */
  default: string | null;
}
