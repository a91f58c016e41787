import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mask, type PersonalKind } from '../../src/personal-data.js';
import { maskAddress, maskUrl, redact, redactRecord } from '../../src/redaction.js';

/** Words between which something is said; nothing that would become part of what is to be hidden. */
const words = fc.string({ unit: fc.constantFrom(...'abc xyz,.!\n'), maxLength: 20 });
const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length });
const american = fc.tuple(fc.constantFrom(...'23456789'), digits(9)).map((parts) => parts.join(''));
const typed = fc
  .tuple(american, fc.constantFrom('-', '.', ' ', ''))
  .map(([number, mark]) => [number.slice(0, 3), number.slice(3, 6), number.slice(6)].join(mark));
const secret = fc.stringMatching(/^[A-Za-z0-9]{16,24}$/);

it.each([
  [
    'a phone number',
    fc.oneof(
      american.map((number) => `+1${number}`),
      typed,
    ),
    (text: string) => text.replace(/\D/g, '').slice(-7),
  ],
  ['an e-mail address', fc.stringMatching(/^[a-z]{8}[0-9]{2}@[a-z]{6}\.com$/), (text: string) => text.split('@')[0]],
  ['a key of Stripe', secret.map((text) => `sk_live_${text}`), (text: string) => text.slice(8)],
  ['a webhook secret', secret.map((text) => `whsec_${text}`), (text: string) => text.slice(6)],
  ['a password', secret.map((text) => `password=${text}`), (text: string) => text.slice(9)],
  ['a bearer token', secret.map((text) => `Bearer ${text}`), (text: string) => text.slice(7)],
  [
    'the password of a URL',
    secret.map((text) => `postgresql://app:${text}@db:5432/x`),
    (text: string) => text.slice(17, 33),
  ],
])('%s does not come through, wherever it stands', (_, told, hidden) => {
  fc.assert(
    fc.property(words, told, words, (before, text, after) => {
      const core = hidden(text) ?? '';
      const line = `${before} ${text} ${after}`;
      const record = redactRecord({ level: 30, err: new Error(line), deep: [{ note: line }] });
      for (const written of [redact(line), JSON.stringify(record)]) {
        expect(written.replace(/[-. ]/g, '')).not.toContain(core.replace(/[-. ]/g, ''));
      }
      expect(redact(redact(line))).toBe(redact(line));
    }),
  );
});

it('what is shown of a URL is where it leads', () => {
  fc.assert(
    fc.property(secret, secret, (password, token) => {
      const url = `postgresql://app:${password}@db.example.com:5432/shop?sslmode=require&password=${token}`;
      expect(maskUrl(url)).toContain('db.example.com:5432/shop');
      expect(maskUrl(url)).not.toContain(password);
      expect(maskUrl(url)).not.toContain(token);
      expect(maskAddress(`https://hooks.slack.com/services/${token}`)).not.toContain(token);
    }),
  );
});

it('a masked value shows less than half of what it hides', () => {
  const kind = fc.constantFrom<PersonalKind>('phone', 'email', 'name', 'text', 'secret');
  fc.assert(
    fc.property(
      kind,
      fc.string({ minLength: 12, unit: fc.constantFrom(...'abcdefgh0123456789@.+') }),
      (what, value) => {
        const shown = (mask(value, what) ?? '').replaceAll('•', '');
        expect(shown.length).toBeLessThan(value.length * 0.6);
        if (what === 'text' || what === 'secret') expect(shown).toBe('');
      },
    ),
  );
});
