/** Values of one name, as Prometheus's text format 0.0.4 has them; all of them gauges: one run's, until the next. */
export interface Gauge {
  name: string;
  help: string;
  samples: { labels?: Readonly<Record<string, string>>; value: number }[];
}

/** The text for node_exporter's textfile collector. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function prometheusText(gauges: readonly Gauge[]): string {
  return gauges
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, help, samples }) => [
      `# HELP ${name} ${escapeHelp(help)}\n`,
      `# TYPE ${name} gauge\n`,
      ...samples.map(({ labels = {}, value }) => `${name}${labelList(labels)} ${number(value)}\n`),
    ])
    .join('');
}

function labelList(labels: Readonly<Record<string, string>>): string {
  const list = Object.entries(labels).map(([name, value]) => `${name}="${escapeHelp(value).replaceAll('"', '\\"')}"`);
  return list.length === 0 ? '' : `{${list.join(',')}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function number(value: number): string {
  return Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
