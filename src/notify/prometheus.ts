/** Values of one name, all of them gauges: those of one run, until the next. */
export interface GaugeValues {
  name: string;
  help: string;
  samples: { labels?: Readonly<Record<string, string>>; value: number }[];
}

/** The text for node_exporter's textfile collector; a name without samples is left out. */
export async function prometheusText(gauges: readonly GaugeValues[]): Promise<string> {
  const { Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  for (const { name, help, samples } of gauges) {
    if (samples.length === 0) continue;
    const labelNames = Object.keys(samples[0]?.labels ?? {});
    const gauge = new Gauge({ name, help, labelNames, registers: [registry] });
    for (const { labels = {}, value } of samples) gauge.set(labels, value);
  }
  return registry.metrics();
}
