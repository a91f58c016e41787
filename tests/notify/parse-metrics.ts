export interface ParsedMetric {
  help: string;
  type: string;
  samples: { labels: Record<string, string>; value: number }[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/;

/**
 * Reads Prometheus's text format 0.0.4, more strictly than Prometheus does: HELP, TYPE and then the samples of each name, once;
 * no sample twice. Throws naming the line.
 */
export function parseMetrics(text: string): Map<string, ParsedMetric> {
  const metrics = new Map<string, ParsedMetric>();
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  let current: { name: string; metric: ParsedMetric } | undefined;
  const seen = new Set<string>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const help = new RegExp(`^# HELP (${NAME}) (.*)$`).exec(line);
    const type = new RegExp(`^# TYPE (${NAME}) (counter|gauge|untyped)$`).exec(line);
    const sample = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`).exec(line);
    if (help !== null) {
      const [, name = '', words = ''] = help;
      if (metrics.has(name)) throw new Error(`twice: ${line}`);
      current = { name, metric: { help: unescapeText(words, line), type: '', samples: [] } };
      metrics.set(name, current.metric);
    } else if (type !== null && current?.name === type[1] && current?.metric.type === '') {
      current.metric.type = type[2] ?? '';
    } else if (sample !== null && current?.name === sample[1] && current?.metric.type !== '') {
      const [, name, labels = '', value = ''] = sample;
      if (seen.has(`${name}{${labels}}`)) throw new Error(`twice: ${line}`);
      seen.add(`${name}{${labels}}`);
      current?.metric.samples.push({ labels: labelsOf(labels, line), value: numberOf(value, line) });
    } else throw new Error(`not understood: ${line}`);
  }
  return metrics;
}

function labelsOf(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const match = LABEL.exec(rest);
    if (match === null) throw new Error(`no label: ${line}`);
    labels[match[1] ?? ''] = unescapeText(match[2] ?? '', line);
    rest = rest.slice(match[0].length);
  }
  return labels;
}

function unescapeText(text: string, line: string): string {
  return text.replace(/\\(.?)/gs, (_all, character: string) => {
    if (character === 'n') return '\n';
    if (character === '\\' || character === '"') return character;
    throw new Error(`a backslash before nothing: ${line}`);
  });
}

function numberOf(text: string, line: string): number {
  const value = text === '+Inf' ? Number.POSITIVE_INFINITY : text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
  if (Number.isNaN(value) && text !== 'NaN') throw new Error(`no number: ${line}`);
  return value;
}
