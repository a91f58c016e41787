import type { Selection } from './statement.js';

/** `orders_2026-03_America-New_York.csv`: the data set, the period and its zone, then what narrows the rows. */
export function fileName({ dataset, period, business, style }: Selection, sandbox: boolean): string {
  const parts = [
    ...(sandbox ? ['sandbox'] : []),
    dataset.name,
    period.label,
    period.timezone.replaceAll('/', '-'),
    ...(business === null ? [] : [business]),
    ...(style.redact ? ['redacted'] : []),
  ];
  const name = parts.map((part) => part.replace(/[^\w.+-]/g, '-')).join('_');
  return `${name}.${style.format}${style.gzip ? '.gz' : ''}`;
}
