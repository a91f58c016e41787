import { expect, it } from 'vitest';
import { createBadSenders } from '../../src/webhooks/bad-senders.js';

it('an address has 30 bad requests a minute, and its own minute no longer than that', () => {
  const senders = createBadSenders();
  const refusals = (address: string, count: number, now: number) =>
    Array.from({ length: count }, () => senders.isTooMany(address, now)).filter(Boolean).length;
  expect(refusals('203.0.113.1', 40, 60_000)).toBe(10);
  expect(refusals('203.0.113.2', 30, 60_000)).toBe(0);
  expect(refusals('203.0.113.1', 5, 119_999)).toBe(5);
  expect(refusals('203.0.113.1', 5, 120_000)).toBe(0);
  // A clock that is set back keeps nobody out for longer.
  expect(refusals('203.0.113.1', 31, 30_000)).toBe(1);
});

it('refuses where it cannot tell: no address, or more of them than it remembers', () => {
  const senders = createBadSenders();
  expect(senders.isTooMany(undefined, 60_000)).toBe(true);
  for (let number = 0; number < 10_000; number++) expect(senders.isTooMany(`2001:db8::${number}`, 60_000)).toBe(false);
  expect(senders.isTooMany('203.0.113.1', 60_000)).toBe(true);
  expect(senders.isTooMany('2001:db8::1', 60_000)).toBe(false);
  expect(senders.isTooMany('203.0.113.1', 120_000)).toBe(false);
});
