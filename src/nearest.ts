import { distance } from 'fastest-levenshtein';

/** The valid name that a mistyped one most likely meant, or undefined when none is close. */
export function nearest(name: string, valid: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length * 0.4)) + 1;
  for (const candidate of valid) {
    const d = distance(name.toLowerCase(), candidate.toLowerCase());
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}

/** ` Did you mean "x"?`, or the first few valid names where none is close. Empty when there are no valid names. */
export function suggestion(name: string, valid: Iterable<string>): string {
  const names = [...valid];
  const match = nearest(name, names);
  if (match !== undefined) return `Did you mean "${match}"?`;
  if (names.length === 0) return '';
  const shown = names.slice(0, 12).join(', ');
  return `Valid: ${shown}${names.length > 12 ? ', …' : ''}.`;
}
