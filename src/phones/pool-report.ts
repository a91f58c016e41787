import { mask } from '../personal-data.js';
import type { Column, Report, Table } from '../report.js';
import { type PoolPart, type PoolState, RATE_DAYS, supplyMonths } from './pool.js';

/** The pool; `document` is `smsfood.phones-list/1`. */
export function poolReport({ now, parts, whole }: PoolState, reveal: boolean, sandbox: boolean): Report {
  const rows = parts.map((part) => partRow(part, reveal));
  const { areaCode: _, ...total } = partRow(whole, reveal);
  const shown = [...rows, ...(rows.length === 1 ? [] : [{ ...total, areaCode: 'all' }])];
  const moving = shown.filter(({ areaCode, assignments, nextAt }) => {
    return shown.length === 1 || areaCode === 'all' || assignments > 0 || nextAt !== null;
  });
  return {
    name: 'phones list',
    document: { schema: 'smsfood.phones-list/1', asOf: now, rateDays: RATE_DAYS, total, areaCodes: rows },
    table: { columns: [...COUNTS, ...SUPPLY], rows },
    sections: [
      { title: 'Numbers', table: { columns: COUNTS, rows: shown } },
      { title: 'Supply', table: { columns: SUPPLY_SHOWN, rows: moving.map((row) => supplyRow(row, now)) } },
      { lines: lines(whole) },
    ],
    sandbox,
  };
}

const COUNTS: Column[] = [
  { key: 'areaCode', label: 'Area', kind: 'id' },
  { key: 'available', label: 'Available', kind: 'integer' },
  { key: 'assigned', label: 'Assigned', kind: 'integer' },
  { key: 'reserved', label: 'Reserved', kind: 'integer' },
  { key: 'cooldown', label: 'Cooldown', kind: 'integer' },
  { key: 'retired', label: 'Retired', kind: 'integer' },
  { key: 'total', label: 'Total', kind: 'integer' },
];
const SUPPLY: Column[] = [
  { key: 'due', label: 'Due', kind: 'integer' },
  { key: 'assignments', label: 'Assigned in 90 days', kind: 'integer' },
  { key: 'supplyMonths', label: 'Months of supply', kind: 'number' },
  { key: 'nextAt', label: 'Next free', kind: 'time' },
  { key: 'nextNumber', label: 'Number', kind: 'id' },
  { key: 'nextId', label: 'Id', kind: 'id' },
];
const SUPPLY_SHOWN: Column[] = [
  { key: 'areaCode', label: 'Area', kind: 'id' },
  { key: 'assignments', label: `Assigned in ${RATE_DAYS} d`, kind: 'integer' },
  { key: 'supplyMonths', label: 'Lasts, months', kind: 'number' },
  { key: 'nextAt', label: 'Next free', kind: 'time' },
  { key: 'nextNumber', label: 'Number', kind: 'id' },
];

function partRow(part: PoolPart, reveal: boolean) {
  const { areaCode, total, available, assigned, reserved, cooldown, retired, due, nextId, nextAt, assignments } = part;
  const nextNumber = reveal ? part.nextNumber : mask(part.nextNumber, 'phone');
  return {
    areaCode,
    total,
    available,
    assigned,
    reserved,
    cooldown,
    retired,
    due,
    nextId,
    nextNumber,
    nextAt,
    assignments,
    supplyMonths: supplyMonths(part),
  };
}

/** As a person reads it: a number whose time has come is free as soon as somebody recycles it. */
function supplyRow(row: ReturnType<typeof partRow>, now: string): Table['rows'][number] {
  const isDue = row.nextAt !== null && row.nextAt <= now;
  return { ...row, supplyMonths: row.supplyMonths ?? 'unknown', nextAt: isDue ? 'now' : row.nextAt };
}

function lines(whole: PoolPart): string[] {
  const supply = supplyMonths(whole);
  return [
    supply === null
      ? `No assignment was seen in the last ${RATE_DAYS} days, so how long the available numbers last is unknown.`
      : `At the rate of the last ${RATE_DAYS} days the available numbers last ${supply.toFixed(1)} months.`,
    ...(whole.due === 0
      ? []
      : [`Cooldowns that are over: ${whole.due}. \`smsfood phones recycle\` makes these numbers available.`]),
    ...(whole.due > 0 || whole.nextId === null ? [] : [`The next to become free is ${whole.nextId}.`]),
  ];
}
