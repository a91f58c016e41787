import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eztext, smsStatus, type WorkWorld, workWorld } from './work-world.js';

let world: WorkWorld;
beforeAll(async () => {
  world = await workWorld();
});
afterAll(() => world.drop());
beforeEach(() => world.clear());

const message = (id: string, row: Record<string, unknown> = {}) =>
  world.add('sms_logs', { id, twilioSid: id, status: 'SENT', direction: 'OUTBOUND', errorCode: null, ...row });
const states = () => world.rows('SELECT id, status::text AS status, "errorCode" AS code FROM sms_logs ORDER BY id');
const notProcessed = () => world.rows(`SELECT status, outcome FROM ops.webhook_inbox WHERE status <> 'processed'`);

describe('a status callback', () => {
  it('gives a message the state that the word means', async () => {
    const words = {
      accepted: 'SENT',
      canceled: 'FAILED',
      delivered: 'DELIVERED',
      failed: 'FAILED',
      partially_delivered: 'SENT',
      queued: 'SENT',
      read: 'DELIVERED',
      scheduled: 'SENT',
      sending: 'SENT',
      sent: 'SENT',
      undelivered: 'FAILED',
    };
    for (const word of Object.keys(words)) {
      await message(word);
      await world.deliver(smsStatus(word, word, words[word as keyof typeof words] === 'FAILED' ? '30005' : ''));
    }
    await world.work();
    expect(await states()).toEqual(
      Object.entries(words).map(([id, status]) => ({ id, status, code: status === 'FAILED' ? '30005' : null })),
    );
    expect(await notProcessed()).toEqual([]);
    expect(await world.row('SELECT count(*)::int AS n FROM ops.change_log')).toEqual({ n: 5 });
  });

  const WORDS = ['sent', 'delivered', 'undelivered'] as const;
  const ORDERS = WORDS.flatMap((first) =>
    WORDS.filter((word) => word !== first).map((second) => [
      first,
      second,
      WORDS.find((word) => word !== first && word !== second) ?? first,
    ]),
  );
  const says = (sid: string, word = '') => smsStatus(sid, word, word === 'undelivered' ? '30003' : '');

  it('takes it upwards only, in every order, one by one and all at once', async () => {
    for (const [index] of ORDERS.entries()) {
      await message(`at-once-${index}`);
      await message(`one-by-one-${index}`);
    }
    for (const step of [0, 1, 2]) {
      await world.deliver(...ORDERS.map((order, index) => says(`one-by-one-${index}`, order[step])));
      await world.work();
    }
    await world.deliver(...ORDERS.flatMap((order, index) => order.map((word) => says(`at-once-${index}`, word))));
    await world.work({ workers: 8 });
    expect(await states()).toEqual(
      ['at-once', 'one-by-one'].flatMap((kind) =>
        ORDERS.map((_, index) => ({ id: `${kind}-${index}`, status: 'DELIVERED', code: null })),
      ),
    );
    expect(await notProcessed()).toEqual([]);
  });

  it('keeps the same code of two failures, in both orders', async () => {
    await message('ab');
    await message('ba');
    await message('unknown', { status: 'FAILED', errorCode: 'UNKNOWN_ERROR' });
    for (const [sid, ...codes] of [
      ['ab', '30003', ''],
      ['ba', '', '30003'],
      ['unknown', '30003', '30008'],
    ]) {
      for (const code of codes) {
        await world.deliver(smsStatus(sid ?? '', code === '' ? 'failed' : 'undelivered', code));
        await world.work();
      }
    }
    expect(await states()).toEqual(['ab', 'ba', 'unknown'].map((id) => ({ id, status: 'FAILED', code: '30003' })));
  });

  it('leaves inbound messages alone, and words that nobody knows', async () => {
    await message('in', { direction: 'INBOUND', status: 'RECEIVED' });
    await message('out');
    await world.deliver(smsStatus('in', 'delivered'), smsStatus('out', 'constructor'), smsStatus('out', 'received'));
    await world.work({ workers: 1 });
    expect((await world.inbox()).map(({ status }) => status)).toEqual(['waiting', 'ignored', 'ignored']);
    expect(await world.rows('SELECT 1 FROM ops.change_log')).toEqual([]);
  });

  it('waits for a message that has no id yet, and is an orphan after 15 minutes', async () => {
    await message('late', { twilioSid: null });
    await world.deliver(smsStatus('late', 'delivered'), smsStatus('never', 'delivered'));
    await world.work();
    expect((await world.inbox()).map(({ status, outcome }) => [status, outcome])).toEqual([
      ['waiting', 'There is no message late yet.'],
      ['waiting', 'There is no message never yet.'],
    ]);
    await world.query(
      `UPDATE sms_logs SET "twilioSid" = 'late'; UPDATE ops.webhook_inbox SET received_at = now() - interval '16 minutes'`,
    );
    await world.makeDue();
    await world.work();
    expect((await world.inbox()).map(({ status, dead }) => [status, dead])).toEqual([
      ['processed', null],
      ['dead', 'orphan'],
    ]);
    expect(await states()).toEqual([{ id: 'late', status: 'DELIVERED', code: null }]);
  });

  it('of another form is dead at once', async () => {
    await message('out');
    const bodies = [
      '[]',
      '7',
      '"x"',
      '{"MessageStatus": 7}',
      '{"MessageStatus": "sent", "ErrorCode": {}}',
      'MessageStatus=a&MessageStatus=b',
      '\xff\xfe',
      '',
    ];
    for (const body of bodies) {
      const [id] = await world.deliver(smsStatus('out', 'delivered', String(bodies.indexOf(body))));
      await world.query('UPDATE ops.webhook_payloads SET body = $2 WHERE event_id = $1', [
        id,
        Buffer.from(body, 'latin1'),
      ]);
    }
    await world.work();
    expect((await world.inbox()).map(({ status, dead }) => [status, dead])).toEqual(
      bodies.map(() => ['dead', 'invalid']),
    );
    expect(await states()).toEqual([{ id: 'out', status: 'SENT', code: null }]);
  });

  it('of EZTexting is read as well', async () => {
    await message('ez1', { twilioSid: '12345' });
    await message('ez2', { twilioSid: '12346' });
    await world.deliver(
      eztext({ MessageID: 12345, Status: 'Delivered' }, 'sms.status'),
      eztext({ MessageID: '12346', Status: 'FAILED', ErrorCode: 21 }, 'sms.status'),
    );
    await world.work();
    expect(await states()).toEqual([
      { id: 'ez1', status: 'DELIVERED', code: null },
      { id: 'ez2', status: 'FAILED', code: '21' },
    ]);
  });

  it('finds its message at either end of a large table, with the index and without it', async () => {
    await message('oldest');
    await world.query(
      `INSERT INTO sms_logs (id, direction, message, "twilioSid")
       SELECT 'm' || n, 'OUTBOUND', repeat('x', 600), 'SM' || md5(n::text) FROM generate_series(1, 120000) n`,
    );
    await message('youngest');
    const { blocks } = await world.row(`SELECT pg_relation_size('sms_logs')::int / 8192 AS blocks`);
    expect(blocks).toBeGreaterThan(8_000);
    await world.deliver(
      smsStatus('oldest', 'failed', '1'),
      smsStatus('youngest', 'failed', '1'),
      smsStatus('never', 'sent'),
    );
    await world.work();
    await world.query(`CREATE INDEX ON sms_logs ("twilioSid") WHERE "twilioSid" IS NOT NULL`);
    await world.deliver(smsStatus('oldest', 'delivered'), smsStatus('youngest', 'delivered'));
    await world.work();
    expect(await world.rows(`SELECT id, status FROM sms_logs WHERE id IN ('oldest', 'youngest') ORDER BY id`)).toEqual([
      { id: 'oldest', status: 'DELIVERED' },
      { id: 'youngest', status: 'DELIVERED' },
    ]);
    expect(await notProcessed()).toEqual([{ status: 'waiting', outcome: 'There is no message never yet.' }]);
    expect(await world.row('SELECT count(*)::int AS n FROM ops.change_log')).toEqual({ n: 4 });
  });
});
