import { AREAS, type Area } from './vocabulary.js';

const CUSTOMERS_AN_AREA = 9000;
const BUSINESSES_AN_AREA = 1000;

export interface PhoneNumber {
  /** E.164 */
  number: string;
  area: Area;
}

/**
 * Fictitious numbers: exchange 555 of real area codes, line 0000-8999 for customers and 9000-9999 for the platform's own.
 * When those are used up, the unassigned area code 555.
 */
export function customerPhone(index: number): string {
  const round = Math.floor(index / AREAS.length);
  if (round >= CUSTOMERS_AN_AREA) return `+1555${2_000_000 + index - CUSTOMERS_AN_AREA * AREAS.length}`;
  // 7919 is prime and no factor of 9000: each line comes up once, and neighbours do not count upwards.
  const line = (round * 7919) % CUSTOMERS_AN_AREA;
  return `+1${areaOf(index).code}555${String(line).padStart(4, '0')}`;
}

export function platformPhone(index: number): PhoneNumber {
  const area = areaOf(index);
  const round = Math.floor(index / AREAS.length);
  if (round < BUSINESSES_AN_AREA) {
    return { number: `+1${area.code}555${CUSTOMERS_AN_AREA + ((round * 617) % BUSINESSES_AN_AREA)}`, area };
  }
  const overflow = index - BUSINESSES_AN_AREA * AREAS.length;
  return { number: `+1555${9_000_000 + overflow}`, area: { ...area, code: '555' } };
}

function areaOf(index: number): Area {
  const area = AREAS[index % AREAS.length];
  if (area === undefined) throw new RangeError(`no area for ${index}`);
  return area;
}
