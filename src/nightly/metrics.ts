import type { GaugeValues } from '../notify/prometheus.js';
import type { Night } from './nightly.js';
import type { StepResult, Verdict } from './step.js';

const STATUSES: readonly StepResult['status'][] = ['done', 'findings', 'errors', 'skipped', 'interrupted'];

/** How a run ended, also one that could not begin (`night` is null then). Times in seconds since 1970 and seconds. */
export function nightGauges(
  night: Night | null,
  { exitCode, startedAt, endedAt }: { exitCode: number; startedAt: number; endedAt: number },
): GaugeValues[] {
  const steps = night?.steps ?? [];
  const verdicts = steps.flatMap((step) => step.verdicts ?? []);
  const gauge = (name: string, help: string, value: number): GaugeValues => ({ name, help, samples: [{ value }] });
  return [
    gauge('smsfood_nightly_start_timestamp_seconds', 'When the last nightly run began.', startedAt),
    gauge('smsfood_nightly_end_timestamp_seconds', 'When the last nightly run ended.', endedAt),
    gauge(
      'smsfood_nightly_exit_code',
      'Exit code of the last nightly run: 0 all is well, 1 findings, 3 errors.',
      exitCode,
    ),
    ...(night === null || night.past === null
      ? []
      : [
          gauge(
            'smsfood_nightly_missed_nights',
            'Days without a nightly run between the last one and the one before it.',
            night.past.missed?.nights ?? 0,
          ),
        ]),
    {
      name: 'smsfood_nightly_step_status',
      help: 'How each step ended: 1 for its status, 0 for the others.',
      samples: steps.flatMap(({ name, status }) =>
        STATUSES.map((each) => ({ labels: { step: name, status: each }, value: each === status ? 1 : 0 })),
      ),
    },
    {
      name: 'smsfood_nightly_step_duration_seconds',
      help: 'How long each step took.',
      samples: steps.flatMap(({ name, durationMs }) =>
        durationMs === null ? [] : [{ labels: { step: name }, value: Math.round(durationMs) / 1000 }],
      ),
    },
    {
      name: 'smsfood_nightly_step_counted',
      help: 'What each step counted, such as planned, applied and left.',
      samples: steps.flatMap(({ name, counts }) =>
        Object.entries(counts).map(([what, value]) => ({ labels: { step: name, what }, value })),
      ),
    },
    ...checkGauges(verdicts),
  ];
}

function checkGauges(verdicts: readonly Verdict[]): GaugeValues[] {
  const measured = (value: 'violations' | 'cents') =>
    verdicts.flatMap((verdict) => {
      const number = verdict[value];
      return number === null ? [] : [{ labels: { check: verdict.id, level: verdict.level }, value: number }];
    });
  return [
    {
      name: 'smsfood_check_status',
      help: 'One series a check, with its status: pass, warn, fail, error or skipped.',
      samples: verdicts.map(({ id, level, status }) => ({ labels: { check: id, level, status }, value: 1 })),
    },
    {
      name: 'smsfood_check_violations',
      help: 'Rows that violate a check, also one that passes by its threshold.',
      samples: measured('violations'),
    },
    {
      name: 'smsfood_check_at_stake_cents',
      help: 'Money at stake in these rows, in cents.',
      samples: measured('cents'),
    },
  ];
}
