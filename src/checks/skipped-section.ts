import type { Section } from '../report.js';

/** Many checks are skipped for one reason, so it is said once, with their ids behind it. */
export function skippedSection(skipped: readonly { check: string; reason: string }[]): Section[] {
  const byReason = new Map<string, string[]>();
  for (const { check, reason } of skipped) byReason.set(reason, [...(byReason.get(reason) ?? []), check]);
  const lines = [...byReason].map(
    ([reason, checks]) => `${reason.charAt(0).toUpperCase()}${reason.slice(1)}: ${checks.join(', ')}.`,
  );
  return lines.length === 0 ? [] : [{ title: 'Skipped', lines }];
}
