import { describe, expect, it } from 'vitest';
import { encodeRow } from '../../../src/sandbox/seed/copy-rows.js';

describe('encodeRow', () => {
  it('escapes what COPY would take for something else', () => {
    expect(encodeRow(['a\tb', 'two\nlines\r', 'back\\slash', null, true, false, 42, ''])).toBe(
      'a\\tb\ttwo\\nlines\\r\tback\\\\slash\t\\N\tt\tf\t42\t\n',
    );
  });

  it('keeps an empty first cell', () => {
    expect(encodeRow(['', 'x'])).toBe('\tx\n');
  });
});
