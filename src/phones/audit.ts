import type { Session } from '../db/session.js';

/** A row of the inventory with the names of the businesses that it names, where they exist. */
export interface NumberRow {
  id: string;
  phoneNumber: string;
  areaCode: string;
  status: string;
  purchasedAt: string;
  currentBusinessId: string | null;
  currentName: string | null;
  previousBusinessId: string | null;
  previousName: string | null;
  assignedAt: string | null;
  releasedAt: string | null;
  cooldownUntil: string | null;
}

/** A change of the number by smsfood. */
export interface LedgerEntry {
  at: string;
  run: string;
  command: string;
  from: string | null;
  to: string | null;
  reason: string;
  isUndone: boolean;
  /** The business that the row named before and after, and the times that the change knew. */
  businessBefore: string | null;
  businessAfter: string | null;
  nameBefore: string | null;
  assignedAt: string | null;
  releasedAt: string | null;
}

/** A time during which a business had the number. What neither row nor ledger tells is null: unknown. */
export interface Period {
  businessId: string | null;
  businessName: string | null;
  from: string | null;
  until: string | null;
  /** It has it now; `until` is null then. */
  isCurrent: boolean;
  source: 'row' | 'ledger';
}

export interface NumberHistory {
  number: NumberRow;
  /** `absent` where ops is not installed, `closed` where this role may not read it. */
  ledger: 'read' | 'absent' | 'closed';
  changes: LedgerEntry[];
  periods: Period[];
}

/** Rows of the inventory, in the order of their area codes and ids. */
export async function readNumbers(session: Session, ids: readonly string[]): Promise<NumberRow[]> {
  const { rows } = await session.query<NumberRow>(
    `SELECT n.id, n."phoneNumber", n."areaCode", n.status::text AS status, n."purchasedAt",
       n."currentBusinessId", c."businessName" AS "currentName", n."previousBusinessId", p."businessName" AS "previousName",
       n."assignedAt", n."releasedAt", n."cooldownUntil"
     FROM phone_number_inventory n
     LEFT JOIN business_customers c ON c.id = n."currentBusinessId"
     LEFT JOIN business_customers p ON p.id = n."previousBusinessId"
     WHERE n.id = ANY ($1::text[]) ORDER BY n."areaCode", n.id`,
    [ids],
  );
  return rows;
}

/** Who had a number when, as far as its row and the ledger tell. */
export async function readHistory(session: Session, id: string): Promise<NumberHistory> {
  const [number] = await readNumbers(session, [id]);
  if (number === undefined) throw new Error('a number that was found has no row'); // one snapshot
  const ledger = await ledgerState(session);
  const changes = ledger === 'read' ? await readChanges(session, id) : [];
  return { number, ledger, changes, periods: periodsOf(number, changes) };
}

async function ledgerState(session: Session): Promise<NumberHistory['ledger']> {
  const { rows } = await session.query<{ may: boolean }>(
    `SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
       AND has_table_privilege(r.oid, 'SELECT') AS may
     FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'change_log'
     JOIN pg_class r ON r.relnamespace = n.oid AND r.relname = 'runs'
     WHERE n.nspname = 'ops'`,
  );
  if (rows[0] === undefined) return 'absent';
  return rows[0].may ? 'read' : 'closed';
}

async function readChanges(session: Session, id: string): Promise<LedgerEntry[]> {
  const { rows } = await session.query<LedgerEntry>(
    `SELECT l.at, l.run_id AS run, r.command, l.before ->> 'status' AS "from", l.after ->> 'status' AS "to", l.reason,
       l.undone_by IS NOT NULL AS "isUndone", l.before ->> 'currentBusinessId' AS "businessBefore",
       l.after ->> 'currentBusinessId' AS "businessAfter", b."businessName" AS "nameBefore",
       (l.before ->> 'assignedAt')::timestamp(3) AS "assignedAt", (l.after ->> 'releasedAt')::timestamp(3) AS "releasedAt"
     FROM ops.change_log l JOIN ops.runs r ON r.id = l.run_id
     LEFT JOIN business_customers b ON b.id = l.before ->> 'currentBusinessId'
     WHERE l.table_name = 'phone_number_inventory' AND l.row_id = $1 ORDER BY l.id`,
    [id],
  );
  return rows;
}

function periodsOf(number: NumberRow, changes: readonly LedgerEntry[]): Period[] {
  const valid = changes.filter(({ isUndone }) => !isUndone);
  const ended = valid.filter(({ businessBefore, businessAfter }) => businessBefore !== null && businessAfter === null);
  const periods: Period[] = ended.map(({ businessBefore, nameBefore, assignedAt, releasedAt }) => ({
    businessId: businessBefore,
    businessName: nameBefore,
    from: assignedAt,
    until: releasedAt,
    isCurrent: false,
    source: 'ledger',
  }));
  // What the row says of the last release is told better by the ledger, where the release stands there.
  const isTold = valid.some(({ to, releasedAt }) => to === 'COOLDOWN' && releasedAt === number.releasedAt);
  const row = { isCurrent: false, source: 'row' } as const;
  const { currentBusinessId, currentName, previousBusinessId, previousName, assignedAt, releasedAt } = number;
  if (!isTold && (previousBusinessId !== null || releasedAt !== null)) {
    // assignedAt is that of the last assignment, so it began this period only if no other has begun since.
    const isLast = currentBusinessId === null && number.status !== 'ASSIGNED';
    const from = isLast && assignedAt !== null && assignedAt <= (releasedAt ?? assignedAt) ? assignedAt : null;
    periods.push({ ...row, businessId: previousBusinessId, businessName: previousName, from, until: releasedAt });
  }
  if (currentBusinessId !== null || number.status === 'ASSIGNED') {
    periods.push({
      ...row,
      businessId: currentBusinessId,
      businessName: currentName,
      from: assignedAt,
      until: null,
      isCurrent: true,
    });
  }
  const end = ({ isCurrent, until }: Period) => (isCurrent ? '~' : (until ?? ''));
  return periods.sort((a, b) => (end(a) < end(b) ? -1 : 1));
}
