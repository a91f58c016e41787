import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { prometheusText } from '../../src/notify/prometheus.js';
import { parseMetrics } from './parse-metrics.js';

const NASTY = 'a "quoted" \\ back\\nslash\nand a new line, {braces}, ünïcode';

describe('the text for Prometheus', async () => {
  const text = await prometheusText([
    { name: 'smsfood_plain', help: 'A plain value.', samples: [{ value: 0 }] },
    {
      name: 'smsfood_labelled',
      help: `Help with ${NASTY}`,
      samples: [
        { labels: { check: NASTY, level: 'fail' }, value: 12.5 },
        { labels: { check: 'b', level: '' }, value: -3 },
      ],
    },
    { name: 'smsfood_empty', help: 'Nothing.', samples: [] },
    {
      name: 'smsfood_odd',
      help: 'Odd values.',
      samples: [1e21, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) => ({
        labels: { v: String(value) },
        value,
      })),
    },
  ]);

  it('says back what was put in', () => {
    const metrics = parseMetrics(text);
    expect([...metrics.keys()]).toEqual(['smsfood_plain', 'smsfood_labelled', 'smsfood_odd']);
    expect(metrics.get('smsfood_plain')).toEqual({
      type: 'gauge',
      help: 'A plain value.',
      samples: [{ labels: {}, value: 0 }],
    });
    expect(metrics.get('smsfood_labelled')).toEqual({
      type: 'gauge',
      help: `Help with ${NASTY}`,
      samples: [
        { labels: { check: NASTY, level: 'fail' }, value: 12.5 },
        { labels: { check: 'b', level: '' }, value: -3 },
      ],
    });
    expect(metrics.get('smsfood_odd')?.samples.map(({ value }) => value)).toEqual([1e21, Infinity, -Infinity]);
  });

  const promtool = spawnSync('promtool', ['--version']).status === 0;
  it.skipIf(!promtool)('is what promtool takes', () => {
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
