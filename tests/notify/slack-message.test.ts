import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bold, code, toPayload, words } from '../../src/notify/slack-message.js';

const PayloadSchema = z.object({
  text: z.string().min(1),
  blocks: z
    .array(
      z.discriminatedUnion('type', [
        z.object({
          type: z.literal('header'),
          text: z.object({ type: z.literal('plain_text'), text: z.string().min(1).max(150), emoji: z.boolean() }),
        }),
        z.object({
          type: z.literal('section'),
          text: z.object({ type: z.literal('mrkdwn'), text: z.string().min(1).max(3000) }),
        }),
      ]),
    )
    .max(50),
});
type Message = Parameters<typeof toPayload>[0];

/** The payload as Slack takes it, and its sections' texts. */
function payload(message: Message) {
  const parsed = PayloadSchema.parse(JSON.parse(JSON.stringify(toPayload(message))));
  return { ...parsed, sections: parsed.blocks.slice(1).map(({ text }) => text.text) };
}

describe('words', () => {
  it('show every text as it is: Slack’s three characters are escaped', () => {
    expect(words('<!channel> a & b > c &amp; <@U1>')).toBe('&lt;!channel&gt; a &amp; b &gt; c &amp;amp; &lt;@U1&gt;');
  });

  it('hold no personal data and no secret', () => {
    expect(words('call +14045551234 or ada@example.com, https://hooks.slack.com/services/T0/B0/XX')).toBe(
      'call +••• or •••@•••, https://hooks.slack.com/•••',
    );
  });

  it('are one line, and cut before they are escaped, so that no entity is cut in two', () => {
    expect(words(' a\n b\t c ')).toBe('a b c');
    const text = words('&'.repeat(400));
    expect(text).toBe(`${'&amp;'.repeat(299)}…`);
  });

  it('keep dates, money, shares and commands', () => {
    for (const text of [
      '2026-03-10',
      '10 of 10,005 (0.1%), $1,234.56 at stake',
      'smsfood undo 3f2a91c4',
      '1,234,567,890 rows',
    ])
      expect(words(text)).toBe(text);
  });

  it('end neither bold nor code', () => {
    expect(bold('a*b')).toBe('*a∗b*');
    expect(code('a`b')).toBe("`a'b`");
  });
});

describe('a message', () => {
  it('has a heading, and a section for each part that has lines', () => {
    const { text, blocks, sections } = payload({
      title: 'smsfood nightly: 1 new <finding>',
      sections: [{ lines: ['one', 'two'] }, { title: 'New', lines: [bold('orders.stale-pending')] }],
    });
    expect(text).toBe('smsfood nightly: 1 new &lt;finding&gt;');
    // Plain text is not escaped.
    expect(blocks[0]?.text.text).toBe('smsfood nightly: 1 new <finding>');
    expect(sections).toEqual(['one\ntwo', '*New*\n*orders.stale-pending*']);
  });

  it('stays within the limits, and counts the lines that do not fit', () => {
    const lines = Array.from({ length: 1200 }, (_, index) => `• ${bold(`orders.check-${index}`)}: ${'x'.repeat(80)}`);
    const { sections } = payload({ title: 'T'.repeat(400), sections: [{ title: 'New', lines }] });
    expect(sections).toHaveLength(1);
    const shown = sections[0]?.split('\n') ?? [];
    const rest = Number(/^… and ([\d,]+) more$/.exec(shown.at(-1) ?? '')?.[1]?.replace(',', ''));
    expect(rest).toBe(1200 - (shown.length - 2));
    expect(rest).toBeGreaterThan(1000);
  });

  it('is no longer in all than Slack takes, whatever the number of sections', () => {
    const section = { title: 'New', lines: Array.from({ length: 60 }, () => 'x'.repeat(45)) };
    const { sections } = payload({ title: 'x', sections: Array.from({ length: 80 }, () => section) });
    expect(sections.join('').length).toBeLessThanOrEqual(10_000);
    expect(sections.length).toBeGreaterThanOrEqual(3);
  });

  it('leaves out a line that is too long for any section, and says that there was one', () => {
    const { sections } = payload({
      title: 'x',
      sections: [{ title: 'New', lines: ['y'.repeat(5000)] }, { lines: ['z'] }],
    });
    expect(sections).toEqual(['*New*\n… and 1 more', 'z']);
  });
});
