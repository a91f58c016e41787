import { readNow } from '../db/business-clock.js';
import { ALWAYS_ALLOWED } from '../db/ledger.js';
import type { Session } from '../db/session.js';
import type { Access } from './access.js';
import { driftQueries } from './drift.js';
import { readScope, type Scope, type Wanted } from './scope.js';
import { findSuspects } from './suspects.js';

/** Totals of a customer. `lastOrderAt` is ISO 8601 in UTC. */
export interface Totals {
  totalOrders: number;
  totalSpent: number;
  lastOrderAt: string | null;
}

/** Customers whose drift has one likely cause and direction. Orders and cents are what the platform has too much. */
export interface DriftGroup {
  cause: string;
  direction: 'too high' | 'too low' | 'even';
  /** False where the right sum does not fit into the column. */
  isStorable: boolean;
  customers: number;
  orders: number;
  cents: number;
}

export interface Sample {
  id: string;
  before: Totals;
  after: Totals;
  cause: string;
}

/** Orders of customers that do not exist: nothing can be reconciled, and the check orders.customer-orphan finds them. */
export interface Orphans {
  customers: number;
  orders: number;
  cents: number;
}

export interface Plan {
  /** The instant that it was made of, by the database's clock. */
  now: string;
  scope: Scope;
  /** How an incremental run found its way; null for the others. */
  access: Access | null;
  /** Customers that were looked at. */
  scanned: number;
  /** All customers there are; null where so few are to change that it does not matter, as counting them takes its time. */
  customers: number | null;
  /** The customers to change, by id. */
  ids: string[];
  groups: DriftGroup[];
  /** Sums over the drifted customers. */
  totals: Record<'totalOrders' | 'totalSpent', { before: number; after: number }>;
  samples: Sample[];
  /** Null where not all orders were looked at. */
  orphans: Orphans | null;
}

export interface PlanOptions {
  wanted: Wanted;
  sold: readonly string[];
  samples: number;
}

/** Looks at the customers of the scope, and says whose totals are wrong, by how much, and why. Reads one instant. */
export async function makePlan(session: Session, { wanted, sold, samples }: PlanOptions): Promise<Plan> {
  const now = await readNow(session);
  const scope = await readScope(session, wanted, sold);
  if (scope.kind === 'full') {
    const customers = await countCustomers(session);
    return { now, scope, customers, access: null, scanned: customers, ...(await judge(session, null, sold, samples)) };
  }
  if (scope.kind === 'customer') {
    const judgement = await judge(session, [scope.customer], sold, samples);
    return { now, scope, customers: null, access: null, scanned: 1, ...judgement };
  }
  const { touched, ids, access } = await findSuspects(session, { since: scope.since, sold, now });
  const judgement = await judge(session, ids, sold, samples);
  const customers = judgement.ids.length > ALWAYS_ALLOWED ? await countCustomers(session) : null;
  return { now, scope, customers, access, scanned: touched, ...judgement };
}

async function countCustomers(session: Session): Promise<number> {
  const { rows } = await session.query<{ customers: number }>('SELECT count(*) AS customers FROM customers');
  return rows[0]?.customers ?? 0;
}

interface Judgement {
  ids: string[];
  groups: DriftGroup[];
  totals: Plan['totals'];
  samples: Sample[];
  orphans: Orphans | null;
}

interface JudgementRow {
  ids: string[] | null;
  groups: DriftGroup[] | null;
  before_orders: number;
  before_spent: number;
  after_orders: number;
  after_spent: number;
  samples: Sample[] | null;
  orphans: Orphans;
}

async function judge(
  session: Session,
  ids: string[] | null,
  sold: readonly string[],
  samples: number,
): Promise<Judgement> {
  const { rows } =
    ids?.length === 0
      ? { rows: [] }
      : await session.query<JudgementRow>(statement(ids === null ? 'all' : 'ids'), [ids, sold, samples]);
  const row = rows[0];
  return {
    ids: row?.ids ?? [],
    groups: row?.groups ?? [],
    totals: {
      totalOrders: { before: row?.before_orders ?? 0, after: row?.after_orders ?? 0 },
      totalSpent: { before: row?.before_spent ?? 0, after: row?.after_spent ?? 0 },
    },
    samples: row?.samples ?? [],
    orphans: ids === null ? (row?.orphans ?? null) : null,
  };
}

/** SQL for a time of the platform as ISO 8601. */
export const utc = (column: string) => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const totals = (side: 'had' | 'sold', last: string) =>
  `jsonb_build_object('totalOrders', ${side}_orders, 'totalSpent', ${side}_spent, 'lastOrderAt', ${utc(last)})`;

function statement(whose: 'all' | 'ids'): string {
  return `
  WITH ${driftQueries(whose)}, drifted AS MATERIALIZED (
    SELECT *, CASE sign(more_spent) WHEN 1 THEN 'too high' WHEN -1 THEN 'too low'
      ELSE CASE sign(more_orders) WHEN 1 THEN 'too high' WHEN -1 THEN 'too low' ELSE 'even' END END AS direction
    FROM drift WHERE NOT is_gone
  ), grouped AS (
    SELECT cause, direction, is_storable AS "isStorable", count(*) AS customers, sum(more_orders) AS orders, sum(more_spent) AS cents
    FROM drifted GROUP BY cause, direction, is_storable
  ), sample AS (
    SELECT id, abs(more_spent) AS size, cause, ${totals('had', 'had_last')} AS before,
      ${totals('sold', 'CASE WHEN is_last_off THEN sold_last ELSE had_last END')} AS after
    FROM drifted ORDER BY abs(more_spent) DESC, id LIMIT $3
  )
  SELECT (SELECT array_agg(id ORDER BY id) FROM drifted WHERE is_storable) AS ids,
    (SELECT jsonb_agg(g ORDER BY abs(cents) DESC, customers DESC, cause, direction) FROM grouped g) AS groups,
    s.before_orders, s.before_spent, s.after_orders, s.after_spent,
    (SELECT jsonb_agg(jsonb_build_object('id', id, 'before', before, 'after', after, 'cause', cause) ORDER BY size DESC, id) FROM sample) AS samples,
    (SELECT jsonb_build_object('customers', count(*), 'orders', coalesce(sum(sold_orders), 0), 'cents', coalesce(sum(sold_spent), 0))
     FROM drift WHERE is_gone) AS orphans
  FROM (
    SELECT coalesce(sum(had_orders), 0) AS before_orders, coalesce(sum(had_spent), 0) AS before_spent,
      coalesce(sum(sold_orders), 0)::bigint AS after_orders, coalesce(sum(sold_spent), 0)::bigint AS after_spent
    FROM drifted
  ) AS s`;
}
