import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty folder that only this user may enter; the caller removes it. */
export function makeFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'smsfood-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A folder with these files, by path and content, that goes away with the test. */
export function temporaryFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'smsfood-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** The text of a check that fails for every row of its statement. */
export function checkFile(sql: string, header = ''): string {
  return `--! title: A check of this test\n--! dimension: validity\n--! level: fail\n${header}${sql}\n`;
}
