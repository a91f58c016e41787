import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type Node, parseSync, type SelectStmt, type WithClause } from 'libpg-query';
import { columnFlow, type TableColumns } from '../../src/checks/column-flow.js';

/** A way to a database that keeps the text of every statement which passes. */
export interface Listener {
  url: string;
  /** What was sent since it was last asked. */
  take(): string[];
  close(): void;
}

export async function listenTo(databaseUrl: string): Promise<Listener> {
  const target = new URL(databaseUrl);
  const statements: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    sockets.push(client, upstream);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.on('data', readStatements(statements));
    client.pipe(upstream);
    upstream.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  return {
    url: url.toString(),
    take: () => statements.splice(0),
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** PostgreSQL's protocol, as far as its statements go: a type and a length before each message but the first. */
function readStatements(statements: string[]): (chunk: Buffer) => void {
  let bytes = Buffer.alloc(0);
  let isStarted = false;
  return (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const head = isStarted ? 1 : 0;
      if (bytes.length < head + 4) return;
      const end = head + bytes.readInt32BE(head);
      if (bytes.length < end) return;
      const body = bytes.subarray(head + 4, end);
      const type = isStarted ? String.fromCharCode(bytes[0] ?? 0) : 'startup';
      if (type === 'Q') statements.push(body.toString().replace(/\0$/, ''));
      if (type === 'P') statements.push(body.toString().split('\0')[1] ?? '');
      isStarted = true;
      bytes = bytes.subarray(end);
    }
  };
}

/** The columns that statements read, as `table.column`. */
export function columnsRead(statements: readonly string[], tables: TableColumns): string[] {
  const found = statements.flatMap((text) =>
    (parseSync(text).stmts ?? []).flatMap(({ stmt }) => (stmt === undefined ? [] : selectsOf(stmt))),
  );
  return [
    ...new Set(
      found.flatMap((select) => {
        const { output, conditions } = columnFlow(select, tables);
        return [...conditions, ...output.flatMap(({ from }) => [...from])];
      }),
    ),
  ].sort();
}

/** Whatever a statement is, as SELECTs that read what it reads. */
function selectsOf(node: Node, above?: WithClause): SelectStmt[] {
  if ('CopyStmt' in node) return node.CopyStmt.query === undefined ? [] : selectsOf(node.CopyStmt.query);
  if ('SelectStmt' in node) return withModifying(node.SelectStmt, above);
  if ('InsertStmt' in node) {
    const { selectStmt, withClause } = node.InsertStmt;
    return selectStmt === undefined ? [] : selectsOf(selectStmt, merged(above, withClause));
  }
  if ('UpdateStmt' in node) {
    const { relation, fromClause = [], whereClause, targetList, withClause } = node.UpdateStmt;
    const target: Node[] = relation === undefined ? [] : [{ RangeVar: relation }];
    const conditions = { ...(whereClause && { whereClause }), ...(targetList && { targetList }) };
    return withModifying({ fromClause: [...target, ...fromClause], ...conditions }, merged(above, withClause));
  }
  if ('DeleteStmt' in node) {
    const { relation, usingClause = [], whereClause, withClause } = node.DeleteStmt;
    const target: Node[] = relation === undefined ? [] : [{ RangeVar: relation }];
    const conditions = { ...(whereClause && { whereClause }) };
    return withModifying({ fromClause: [...target, ...usingClause], ...conditions }, merged(above, withClause));
  }
  return [];
}

function withModifying(select: SelectStmt, above?: WithClause): SelectStmt[] {
  const withClause = merged(above, select.withClause);
  const modifying = (withClause?.ctes ?? []).flatMap((each) => {
    const query = 'CommonTableExpr' in each ? each.CommonTableExpr.ctequery : undefined;
    if (query === undefined || 'SelectStmt' in query) return [];
    const others = (withClause?.ctes ?? []).filter((other) => other !== each);
    return selectsOf(query, { ctes: others });
  });
  return [{ ...select, ...(withClause && { withClause }) }, ...modifying];
}

function merged(above: WithClause | undefined, own: WithClause | undefined): WithClause | undefined {
  if (above === undefined) return own;
  const names = new Set((own?.ctes ?? []).map(nameOf));
  return { ...own, ctes: [...(above.ctes ?? []).filter((each) => !names.has(nameOf(each))), ...(own?.ctes ?? [])] };
}

function nameOf(each: Node): string {
  return 'CommonTableExpr' in each ? (each.CommonTableExpr.ctename ?? '') : '';
}
