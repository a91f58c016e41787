import { describe, expect, it } from 'vitest';
import { maskAddress, maskUrl, redact, redactRecord } from '../src/redaction.js';

describe('redact takes out of free text', () => {
  it.each([
    '+14045551234',
    '+1 404 555 1234',
    '+1 (404) 555-1234',
    '+1-404-555-1234',
    '+1.404.555.1234',
    '+1404-5551234',
    '1-404-555-1234',
    '1 404 555 1234',
    '14045551234',
    '4045551234',
    '404-555-1234',
    '404.555.1234',
    '404 555 1234',
    '404\u00a0555\u00a01234',
    '404–555–1234',
    '(404) 555-1234',
    '(404)555-1234',
    '(404) 5551234',
    '404-5551234',
    '+44 20 7946 0958',
    '+49 (30) 901820',
    '+442079460958',
    '+91 98765 43210',
    '+353 1 437 0000',
  ])('the phone number %s', (phone) => {
    for (const text of [
      phone,
      `call ${phone} now`,
      `call ${phone}.`,
      `tel:${phone}`,
      `"phone":"${phone}"`,
      `(${phone})`,
      `to=${phone},from=${phone}`,
    ]) {
      const digits = redact(text).replace(/\D/g, '');
      expect(digits, text).toBe('');
    }
  });

  it.each([
    'ada@example.com',
    'ADA.Lovelace+food@mail.example.co.uk',
    "o'brien@example.ie",
    'ada_1@sub-domain.example',
    'ädä@exämple.de',
  ])('the address %s', (email) => {
    for (const text of [
      email,
      `write to ${email}, please`,
      `<${email}>`,
      `mailto:${email}`,
      `{"email":"${email}"}`,
      `email=${email};`,
    ]) {
      expect(redact(text)).not.toMatch(/ada|lovelace|brien|ädä|example|exämple/i);
    }
  });

  it.each([
    'postgresql://alice:Hunter2@db.example:5432/shop',
    'postgres://alice:Hun:ter2@db.example/shop',
    'postgresql://alice:Hunter2@x@db.example/shop',
    'postgresql://alice:Hun/ter2@db.example/shop',
    'mysql://:Hunter2@db.example',
    'https://key:Hunter2@api.example/v1?x=1',
  ])('the password of %s', (url) => {
    const shown = redact(`cannot open ${url} today`);
    expect(shown).not.toMatch(/Hun|ter2|@x@/);
    expect(shown).toMatch(/^cannot open [a-z]+:\/\/•••@(?:db|api)\.example.* today$/);
  });

  it.each([
    ['password=Hunter2'],
    ['password: Hunter2'],
    ['"password": "Hunter2 and more"'],
    ["password='Hunter2 and more'"],
    ['PGPASSWORD=Hunter2'],
    ['DB_PASSWORD=Hunter2&x=1'],
    ['TWILIO_AUTH_TOKEN=Hunter2'],
    ['"authToken":"Hunter2"'],
    ['client_secret=Hunter2'],
    ['api_key: Hunter2'],
    ['apiKey=Hunter2'],
    ['Authorization: Bearer Hunter2'],
    ['authorization: Basic Hunter2=='],
    ['{"authorization":"Digest username=Hunter2"}'],
    ['Cookie: session=Hunter2'],
    ['Bearer Hunter2.abc'],
    ['sk_live_Hunter2Hunter2'],
    ['sk_test_Hunter2'],
    ['rk_live_Hunter2'],
    ['pk_live_Hunter2'],
    ['whsec_Hunter2+/='],
    ['pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_Hunter2'],
  ])('the secret in %s', (text) => {
    expect(redact(text)).not.toMatch(/Hunter2|and more/);
    expect(redact(text)).toContain('•••');
  });

  it('keys and tokens of Twilio', () => {
    const hex = '0123456789abcdef0123456789abcdef';
    expect(redact(`token ${hex}, key SK${hex}`)).toBe('token •••, key •••');
  });

  it('nothing else', () => {
    const harmless = [
      '2026-03-10T15:00:00.000Z',
      '2026-03-10 15:00:00+00 to 2026-03-11 15:00:00+00',
      'runs for 1234567 ms, 12 of 1,000,000 rows, $1234.56 at stake',
      'f47ac10b-58cc-4372-a567-0e02b2c3d479',
      '00000000-0000-4000-8000-123456789012',
      'orders.total-amount at line 12:34',
      'PostgreSQL 18.1 at 127.0.0.1:54321/shop',
      'SQLSTATE 42703: column "tip" does not exist',
      'postgresql://db.example:5432/shop',
      'pi_3MtwBwLkdIwHu7ix28a3tqPa',
    ];
    expect(harmless.map(redact)).toEqual(harmless);
  });
});

describe('a URL that is shown', () => {
  it('keeps its place and loses its secrets', () => {
    expect(maskUrl('postgresql://alice:p%40ss@h:5433/shop?sslmode=require&sslpassword=x&token=y')).toBe(
      'postgresql://alice:***@h:5433/shop?sslmode=require&sslpassword=***&token=***',
    );
    expect(maskUrl('postgresql://alice@h/shop')).toBe('postgresql://alice@h/shop');
    expect(maskUrl('alice:secret')).not.toContain('secret');
    expect(maskUrl('not a url with secret')).toBe('(not a URL)');
  });
});

describe('a record that is logged', () => {
  it('loses what sensitive keys hold, at every depth', () => {
    const record = redactRecord({
      requestId: 'r1',
      phoneNumber: '+14045551234',
      customerEmail: 'ada@example.com',
      count: 3,
      at: new Date(0),
      nothing: null,
      name: null,
      order: { notes: 'ring twice', lines: [{ customer: { name: 'Ada', tags: ['call 404-555-1234'] } }] },
      body: { text: 'Y' },
      password: 12345,
    });
    expect(record).toEqual({
      requestId: 'r1',
      phoneNumber: '[redacted]',
      customerEmail: '[redacted]',
      count: 3,
      at: new Date(0),
      nothing: null,
      name: null,
      order: { notes: '[redacted]', lines: [{ customer: { name: '[redacted]', tags: ['call •••'] } }] },
      body: '[redacted]',
      password: '[redacted]',
    });
  });

  it('may refer to itself', () => {
    const record: Record<string, unknown> = { count: 1 };
    record.self = record;
    expect(JSON.stringify(redactRecord(record))).toContain('[…]');
  });
});

describe('addresses that let whoever knows them write', () => {
  it.each([
    'https://hooks.slack.com/services/T0AAAAAAA/B0BBBBBBB/secretsecret',
    'https://hooks.slack-gov.com/services/T0AAAAAAA/B0BBBBBBB/secretsecret',
    'https://hooks.slack.com/triggers/E0/123/secretsecret?x=1',
    'https://hc-ping.com/secretse-cret-4000-8000-000000000000/start',
    'https://hc-ping.com/secretkey/nightly?create=1',
    'https://checks.example.com/ping/secretse-cret-4000-8000-000000000000',
  ])('keep no more than where they lead: %s', (address) => {
    const { host } = new URL(address);
    for (const text of [address, `fetch failed: "${address}"`, `<${address}>`, `POST ${address} 404`]) {
      expect(redact(text)).toContain(`https://${host}/`);
      expect(redact(text)).not.toMatch(/secret|B0BBBBBBB/);
    }
    expect(maskAddress(address)).toBe(`https://${host}/***`);
  });

  it('are told from others', () => {
    const text = 'see https://api.slack.com/messaging/webhooks and https://healthchecks.io/docs/';
    expect(redact(text)).toBe(text);
    expect(maskAddress('secret')).toBe('(not a URL)');
  });
});
