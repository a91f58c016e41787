/** Forecasts of a daily series with a week's rhythm. Histories end on the day before the first that is forecast. */
export interface Model {
  id: string;
  text: string;
  /** The value `ahead` days after the end of the history, from 1. Needs 56 days. */
  predict(history: readonly number[], ahead: number): number;
}

const WEEKS = 4;

/** The same weekday of the last weeks that are known, newest first. */
function sameWeekdays(history: readonly number[], ahead: number): number[] {
  const newest = history.length - 7 + ((ahead - 1) % 7);
  return Array.from({ length: WEEKS }, (_, week) => history[newest - 7 * week] ?? 0);
}

export const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function naive(history: readonly number[], ahead: number): number {
  return sum(sameWeekdays(history, ahead)) / WEEKS;
}

export const NAIVE: Model = {
  id: 'seasonal naive',
  text: 'mean of the same weekday of the last 4 weeks',
  predict: naive,
};

export const CHALLENGERS: readonly Model[] = [
  {
    id: 'weighted weekdays',
    text: 'the same, the newer weeks weighing more: 4, 3, 2, 1',
    predict: (history, ahead) => sum(sameWeekdays(history, ahead).map((value, week) => (value * (WEEKS - week)) / 10)),
  },
  {
    id: 'with growth',
    text: 'seasonal naive times the growth of the last 4 weeks over the 4 before, at most halved or doubled',
    predict(history, ahead) {
      const [recent, before] = [sum(history.slice(-28)), sum(history.slice(-56, -28))];
      const growth = before > 0 ? Math.min(2, Math.max(0.5, recent / before)) : 1;
      return naive(history, ahead) * growth;
    },
  },
];

export const FEWEST_DAYS = 56;
/** The back-test forecasts each of the last weeks from what was known before it. */
const TESTED_WEEKS = 8;

/**
 * Sum of absolute errors divided by the sum of what came true, over the last weeks; null where fewer than 4 can be
 * tested, or nothing was sold.
 */
export function backTest(history: readonly number[], { predict }: Model): { weeks: number; error: number | null } {
  const weeks = Math.min(TESTED_WEEKS, Math.floor((history.length - FEWEST_DAYS) / 7));
  if (weeks < 4) return { weeks: Math.max(weeks, 0), error: null };
  let [errors, actual] = [0, 0];
  for (let week = weeks; week > 0; week -= 1) {
    const known = history.slice(0, history.length - 7 * week);
    for (let ahead = 1; ahead <= 7; ahead += 1) {
      const truth = history[known.length + ahead - 1] ?? 0;
      errors += Math.abs(predict(known, ahead) - truth);
      actual += truth;
    }
  }
  return { weeks, error: actual === 0 ? null : errors / actual };
}

/** The naive one, unless another was better in the back-test. */
export function choose(history: readonly number[]): Model {
  const error = (model: Model) => backTest(history, model).error ?? Number.POSITIVE_INFINITY;
  return CHALLENGERS.reduce((best, model) => (error(model) < error(best) ? model : best), NAIVE);
}
