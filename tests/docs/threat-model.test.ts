import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';

const read = (path: string) => readFileSync(join(packageRoot(), path), 'utf8');
const page = read('docs/threat-model.md');
const claims = [...page.matchAll(/`(tests\/[^`]+\.test\.ts)`\s+"([^"]+)"/g)].map(([, file = '', name = '']) => ({
  file,
  name,
}));

describe('the threat model', () => {
  it('stands on tests that are there, by their names', () => {
    expect(claims.length).toBeGreaterThan(40);
    const gone = claims.filter(({ file, name }) => {
      const quoted = ["'", '`', '"'].some((mark) => read(file).includes(`${mark}${name}${mark}`));
      return !quoted;
    });
    expect(gone).toEqual([]);
  });

  it('names no test file without saying which test', () => {
    const mentioned = page.match(/tests\/[\w/.-]+\.test\.ts/g) ?? [];
    expect(mentioned.length).toBe(claims.length);
  });

  it('says of every secret what it opens', () => {
    // As the README names them: what is secret says so there, or is a URL of a database, a key or a token.
    const rows = [...read('README.md').matchAll(/^\| `(\w+)` \| `([A-Z_]+)` \|.*$/gm)];
    const secrets = rows.filter(([row, key = '']) => /Secret$|Token$|Key$|Url$/.test(key) || /\bsecret\b/.test(row));
    expect(secrets.length).toBeGreaterThanOrEqual(9);
    const [, section = ''] = page.split('## What each secret opens');
    for (const [, , variable] of secrets) expect(section).toContain(`\`${variable}\``);
  });
});
