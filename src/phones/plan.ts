import { COOLDOWN_DAYS, type NumberStanding } from './standing.js';

/** A number that a run means to change. */
export interface PlannedChange {
  number: NumberStanding;
  to: 'AVAILABLE' | 'COOLDOWN';
  /** Businesses whose number and provider id go with it, where they are this number's. */
  clear: string[];
  /** For the ledger: without personal data. */
  reason: string;
}

export type LeftReason = 'endless' | 'too-short' | 'orphan' | 'in-use' | 'over-named' | 'nobody' | 'busy' | 'changed';

/** A number that needs somebody's attention, and is left as it is. */
export interface LeftNumber {
  number: NumberStanding;
  why: LeftReason;
  message: string;
  next: string;
}

export interface RecyclePlan {
  changes: PlannedChange[];
  left: LeftNumber[];
  /** Numbers of businesses that have left, which `releaseInactive` would release; null where it is asked for. */
  releasable: number | null;
}

/** What a recycling would do with each number; what the rules do not settle is left, with a reason. */
export function planRecycle(
  numbers: readonly NumberStanding[],
  { releaseInactive }: { releaseInactive: boolean },
): RecyclePlan {
  const plan: RecyclePlan = { changes: [], left: [], releasable: releaseInactive ? null : 0 };
  for (const number of numbers) {
    // Without the flag, numbers that are ASSIGNED are none of this run's business.
    if (number.status === 'ASSIGNED' && !releaseInactive) {
      if (number.standing === 'inactive' && plan.releasable !== null) plan.releasable++;
      continue;
    }
    const change = changeOf(number, releaseInactive);
    if (change !== null) plan.changes.push(change);
    else {
      const left = leftOf(number);
      if (left !== null) plan.left.push(left);
    }
  }
  return plan;
}

function changeOf(number: NumberStanding, releaseInactive: boolean): PlannedChange | null {
  const { standing, holders, cooldownUntil, businessId, leftAs } = number;
  const over = `its cooldown was over at ${cooldownUntil}`;
  switch (standing) {
    case 'over':
      return { number, to: 'AVAILABLE', clear: [], reason: over };
    case 'over-named':
      if (!releaseInactive) return null;
      return { number, to: 'AVAILABLE', clear: holders, reason: `${over}, and ${holders.join(', ')} has left` };
    case 'inactive':
      return { number, to: 'COOLDOWN', clear: holders, reason: `business ${businessId} has left (${leftAs})` };
    default:
      return null;
  }
}

function leftOf(number: NumberStanding): LeftNumber | null {
  const { standing, businessId, holders, active, activeNames, status, releasedAt } = number;
  const left = (why: LeftReason, message: string, next: string) => ({ number, why, message, next });
  const release = `\`smsfood phones release ${number.id} --apply\``;
  switch (standing) {
    case 'endless':
      return left(
        'endless',
        `It cools down without an end${releasedAt === null ? ', and nobody knows since when' : ''}.`,
        releasedAt === null
          ? `Set cooldownUntil: ${COOLDOWN_DAYS} days from now are safe.`
          : `Set cooldownUntil to releasedAt and ${COOLDOWN_DAYS} days.`,
      );
    case 'too-short':
      return left(
        'too-short',
        `Its cooldown ended less than ${COOLDOWN_DAYS} days after its release at ${releasedAt}.`,
        `Nothing: it becomes available ${COOLDOWN_DAYS} days after its release.`,
      );
    case 'orphan':
      return left(
        'orphan',
        `It names business ${businessId}, which does not exist.`,
        status === 'ASSIGNED'
          ? `If that business is gone for good: ${release}.`
          : 'If that business is gone for good, clear currentBusinessId.',
      );
    case 'in-use':
      return left(
        'in-use',
        `It is the number of ${named(active, activeNames)}, active.`,
        'Set it to ASSIGNED with that business, or clear the number and the provider id there.',
      );
    case 'over-named':
      return left(
        'over-named',
        `Its cooldown is over, but it is still the number of ${holders.join(', ')}, which has left.`,
        'Add --release-inactive: it clears the number there too.',
      );
    case 'nobody':
      return left(
        'nobody',
        holders.length === 0
          ? 'It is assigned to no business.'
          : `It is assigned to no business, but is the number of ${holders.join(', ')}.`,
        `Name its business in currentBusinessId, or ${release}.`,
      );
    default:
      return null;
  }
}

/** `b1 (Kitchen), b2 (Grill)`. */
export function named(ids: readonly string[], names: readonly string[]): string {
  return ids.map((id, index) => `${id} (${names[index]})`).join(', ');
}
