import type { Chapter, Chart, Exhibit, Figure } from '../page.js';
import type { Metric, Series } from './kpi.js';
import { KINDS, metricTable, periodOf, seriesTable, sourceOf, written, writtenChange } from './report.js';
import type { KpiResult } from './run.js';

/** What of a report a page shows, and how. */
export interface ChapterForm {
  id: string;
  title: string;
  /** What the period is not about. */
  about?: string;
  /** Metrics that stand out. */
  figures: readonly string[];
  /** How its series are shown, by id; others are plain tables. */
  series: Readonly<Record<string, SeriesForm>>;
}

interface SeriesForm {
  chart?: Pick<Chart, 'form' | 'x' | 'y'>;
  /** Its ratios are shaded by how large they are. */
  isShaded?: true;
  isLeftOut?: true;
  /** Columns that a page has no room for. */
  without?: readonly string[];
}

/** A chapter of a page, of the numbers of one report. */
export function kpiChapter(result: KpiResult, form: ChapterForm): Chapter {
  const { id, title, figures } = form;
  const { report, metrics, series, notes } = result;
  const chosen = figures.flatMap((figure) => metrics.filter((metric) => metric.id === figure));
  return {
    ...{ id, title },
    lines: [`${form.about ?? ''}${periodOf(result)}. ${sourceOf(result)}.`],
    figures: chosen.map((metric) => figureOf(result, metric)),
    exhibits: [
      ...series
        .filter((each) => form.series[each.id]?.isLeftOut !== true)
        .map((each) => exhibitOf(each, form.series[each.id] ?? {})),
      { title: 'All of these numbers', table: metricTable(result), isFolded: true },
    ],
    notes: [...notes],
    definitions: Object.values(report.definitions).map(({ label, text }) => ({ label, value: text })),
  };
}

function figureOf({ report }: KpiResult, metric: Metric): Figure {
  return {
    id: `${report.id}.${metric.id}`,
    label: report.definitions[metric.id]?.label ?? metric.id,
    value: written(metric.value, metric.unit),
    change: changeInWords(metric),
  };
}

function changeInWords(metric: Metric): string | null {
  const change = writtenChange(metric);
  if (change === null) return null;
  if (change === '=') return 'unchanged';
  const before = `from ${written(metric.previous, metric.unit)}`;
  if (change === 'n/a') return before;
  return change === '~' ? `hardly changed, ${before}` : `${change}, ${before}`;
}

function exhibitOf(series: Series, { chart, isShaded, without = [] }: SeriesForm): Exhibit {
  const { title, rows, shown = rows.length } = series;
  const columns = series.columns.filter(({ key }) =>
    // Whether a period is partial is worth a column only where one is.
    key === 'partial' ? rows.some(({ partial }) => partial === true) : !without.includes(key),
  );
  if (chart !== undefined) {
    const unit = columns.find(({ key }) => key === chart.y[0])?.unit ?? 'number';
    return { title, table: seriesTable(columns, rows), chart: { ...chart, kind: KINDS[unit] } };
  }
  if (isShaded) return { title, table: seriesTable(columns, rows), heat: rows.map((row) => sharesOf(series, row)) };
  const cut = rows.length > shown ? ` (${shown} of ${rows.length})` : '';
  return { title: `${title}${cut}`, table: seriesTable(columns, rows.slice(0, shown)) };
}

function sharesOf({ columns }: Series, row: Series['rows'][number]): Record<string, number | null> {
  return Object.fromEntries(
    columns.flatMap(({ key, unit }) => {
      const value = row[key];
      return unit === 'ratio' ? [[key, typeof value === 'number' ? value : null]] : [];
    }),
  );
}
