import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** LibreOffice, where it is installed (Debian: apt-get install libreoffice-calc-nogui). */
export const SOFFICE = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'soffice'))
  .find(existsSync);

/** What became of a cell: as Calc has it, not as it shows it. */
export interface SheetCell {
  /** Null where nothing runs. */
  formula: string | null;
  type: 'empty' | 'string' | 'float' | 'date' | 'time' | 'boolean' | 'percentage' | 'currency';
  /** Lines of a text are separated by LF. */
  value: string;
}

const LONGEST_MS = 120_000;

/**
 * Opens csv files in LibreOffice Calc, in one process with a profile of its own, and reads what is in their cells. `filter`
 * is the option of its csv import.
 */
export async function openInCalc(
  folder: string,
  files: readonly string[],
  filter: string,
): Promise<Map<string, SheetCell[][]>> {
  const profile = pathToFileURL(join(folder, 'profile')).toString();
  const child = spawn(
    SOFFICE ?? 'soffice',
    [
      ...[`-env:UserInstallation=${profile}`, '--headless', `--infilter=${filter}`],
      ...['--convert-to', 'fods', '--outdir', folder, ...files.map((file) => join(folder, file))],
    ],
    { stdio: 'ignore', cwd: folder, detached: true },
  );
  // It is a script that starts others: its group goes with it.
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), LONGEST_MS);
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  if (code !== 0) throw new Error(`LibreOffice ended with ${code}`);
  return new Map(
    files.map((file) => [file, readSheet(readFileSync(join(folder, `${basename(file, '.csv')}.fods`), 'utf8'))]),
  );
}

/** The rows of the first sheet of a flat OpenDocument file; what is repeated is written out. */
function readSheet(xml: string): SheetCell[][] {
  const [, table = ''] = /<table:table .*?>(.*?)<\/table:table>/s.exec(xml) ?? [];
  return elements(table, 'table:table-row').flatMap((row) => {
    const cells = elements(row.content, 'table:table-cell').flatMap((cell) =>
      repeated(cell.attributes['table:number-columns-repeated'], cellOf(cell)),
    );
    return repeated(row.attributes['table:number-rows-repeated'], cells);
  });
}

interface Element {
  attributes: Record<string, string>;
  content: string;
}

function elements(xml: string, name: string): Element[] {
  const found = xml.matchAll(new RegExp(`<${name}\\b((?:\\s[\\w:-]+="[^"]*")*)\\s*(?:/>|>(.*?)</${name}>)`, 'gs'));
  return [...found].map(([, attributes = '', content = '']) => ({
    attributes: Object.fromEntries(
      [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, decoded(value)]),
    ),
    content,
  }));
}

function repeated<T>(count: string | undefined, value: T): T[] {
  return Array.from({ length: Number(count ?? 1) }, () => value);
}

const TYPES = ['string', 'float', 'date', 'time', 'boolean', 'percentage', 'currency'] as const;

function cellOf({ attributes, content }: Element): SheetCell {
  const type = TYPES.find((each) => each === attributes['office:value-type']) ?? 'empty';
  const text = elements(content, 'text:p')
    .map((line) => textOf(line.content))
    .join('\n');
  const [value = text] = ['value', 'date-value', 'time-value', 'boolean-value', 'string-value'].flatMap(
    (name) => attributes[`office:${name}`] ?? [],
  );
  return { formula: attributes['table:formula'] ?? null, type, value };
}

function textOf(xml: string): string {
  const spaces = (_: string, count: string | undefined) => ' '.repeat(Number(count ?? 1));
  return decoded(
    xml
      .replace(/<text:s(?: text:c="(\d+)")?\s*\/>/g, spaces)
      .replace(/<text:tab\s*\/>/g, '\t')
      .replace(/<[^>]*>/g, ''),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function decoded(xml: string): string {
  return xml.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (entity, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? entity;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}
