import { couldNot } from '../db/errors.js';
import type { Pool } from '../db/pool.js';
import type { PrismaReader } from '../db/prisma.js';
import { requireOps } from '../db/requirements.js';
import type { SessionLimits } from '../db/session.js';
import { SmsfoodError } from '../errors.js';
import type { Cell, Report, Table } from '../report.js';

type Row = Record<string, Cell>;

export interface HistoryQuery {
  limits: SessionLimits;
  signal: AbortSignal;
  /** Id of one check, or null for whole runs. */
  check: string | null;
  limit: number;
}

/** Past runs, or the past results of one check, newest first. Throws OPS_NOT_INSTALLED where nothing is remembered. */
export async function readHistory(pool: Pool, query: HistoryQuery): Promise<Row[]> {
  await requireOps(pool, 'check_results', query);
  const { inPrismaSession } = await import('../db/prisma.js');
  const { check, limit } = query;
  return inPrismaSession(pool, query, (prisma) =>
    check === null ? readRuns(prisma, limit) : readResults(prisma, check, limit),
  ).catch(couldNot('read the history of the checks', query.signal));
}

async function readRuns(prisma: PrismaReader, limit: number): Promise<Row[]> {
  const runs = await prisma.run.findMany({
    where: { command: 'check' },
    orderBy: { startedAt: 'desc' },
    take: limit,
    include: { results: { select: { status: true } } },
  });
  return runs.map((run) => {
    const count = (status: string) => run.results.filter((result) => result.status === status).length;
    return {
      at: run.startedAt.toISOString(),
      run: run.id,
      exit: run.exitCode,
      fail: count('fail'),
      warn: count('warn'),
      error: count('error'),
      pass: count('pass'),
      skipped: count('skipped'),
    };
  });
}

async function readResults(prisma: PrismaReader, check: string, limit: number): Promise<Row[]> {
  const results = await prisma.checkResult.findMany({
    where: { checkId: check },
    orderBy: { run: { startedAt: 'desc' } },
    take: limit,
    include: { run: true },
  });
  if (results.length === 0)
    throw new SmsfoodError(
      'NOT_FOUND',
      `No run has judged a check called "${check}".`,
      'List the checks with `smsfood check list`.',
    );
  const number = (value: bigint | null) => (value === null ? null : Number(value));
  return results.map((result) => ({
    at: result.run.startedAt.toISOString(),
    status: result.status,
    violations: number(result.violations),
    rows: number(result.rows),
    cents: number(result.cents),
    value: result.value,
    scope: result.scope,
    reason: result.reason,
  }));
}

/** `document` is `smsfood.check-history/1`. */
export function historyReport(rows: readonly Row[], check: string | null, sandbox: boolean): Report {
  const kinds = {
    at: 'time',
    run: 'id',
    exit: 'integer',
    fail: 'integer',
    warn: 'integer',
    error: 'integer',
    pass: 'integer',
    skipped: 'integer',
    status: 'status',
    violations: 'integer',
    rows: 'integer',
    cents: 'cents',
    value: 'number',
    scope: 'text',
    reason: 'text',
  } as const;
  const keys =
    check === null
      ? (['at', 'run', 'exit', 'fail', 'warn', 'error', 'pass', 'skipped'] as const)
      : (['at', 'status', 'violations', 'rows', 'cents', 'value', 'scope', 'reason'] as const);
  const table: Table = {
    columns: keys.map((key) => ({ key, label: key[0]?.toUpperCase() + key.slice(1), kind: kinds[key] })),
    rows: [...rows],
  };
  const shown = { ...table, columns: table.columns.filter(({ key }) => !['run', 'rows', 'scope'].includes(key)) };
  return {
    name: 'check history',
    document: { schema: 'smsfood.check-history/1', check, [check === null ? 'runs' : 'results']: rows },
    table,
    sections:
      rows.length === 0
        ? [{ lines: ['No run is remembered yet.'] }]
        : [{ ...(check === null ? {} : { title: check }), table: shown }],
    sandbox,
  };
}
