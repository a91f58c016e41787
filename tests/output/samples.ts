import type { Finding, Report, Table } from '../../src/report.js';

/** Values as an attacker, a spreadsheet or plain bad luck puts them into a database. */
export const HOSTILE = {
  escape: 'Ann\u001b[2J\u001b]8;;http://evil.example\u0007 \u009b31m',
  lines: 'first line\nsecond line\r\n::error::injected',
  bidi: 'invoice\u202efdp.exe \u2066x\u2069',
  cdata: '<![CDATA[ ]]> & <script>alert("1")</script>',
  csv: 'Smith, "Bob"; 5|6',
  formula: '=HYPERLINK("http://evil.example";"click")',
  wideFormula: '\uff1d1+1',
  emoji: 'Pizza 🍕 für 👨‍👩‍👧 名前 שלום',
  markdown: '[click](http://evil.example) `code` **bold** | pipe \\ back',
  half: 'half \ud800 pair',
  nul: 'nul \u0000 byte, \ufffe no character',
  long: 'supercalifragilisticexpialidocious'.repeat(6),
} as const;

const base: Finding = {
  id: 'orders.platform-fee-missing',
  title: 'Sold orders without a platform fee',
  status: 'pass',
  message: '0 of 48,211 orders',
  remedy: null,
  file: 'checks/orders/platform-fee-missing.sql',
  line: 9,
  durationMs: 41.4,
  tags: { dimension: 'completeness', level: 'fail', owner: 'finance' },
};

export function finding(changes: Partial<Finding>): Finding {
  return { ...base, ...changes };
}

export const FINDINGS: Finding[] = [
  finding({
    status: 'fail',
    message: '1,234 of 48,211 orders, $1,234.56 at stake; open since 2026-10-01',
    remedy: 'Recompute the fee from totalAmount (2%, half a cent up).',
  }),
  finding({
    id: 'customers.email-missing',
    title: 'Active customers without an e-mail address',
    status: 'warn',
    message: '84.2% of 9,310 customers, more than 80%',
    remedy: 'Ask for it at the next order.',
    file: 'checks/customers/email-missing.sql',
    line: 7,
    durationMs: 12,
    tags: { dimension: 'completeness', level: 'warn' },
  }),
  finding({
    id: 'orders.items-malformed',
    title: 'Orders whose items cannot be read',
    status: 'error',
    message: 'SQLSTATE 22P02 at line 4, column 12: invalid input syntax for type integer: "two"',
    file: 'checks/orders/items-malformed.sql',
    durationMs: null,
    tags: { dimension: 'validity', level: 'fail' },
  }),
  finding({
    id: 'customers.tags-unknown',
    title: 'Customers with a tag that is not on the list',
    status: 'skipped',
    message: 'the list of tags is empty',
    file: 'checks/customers/tags-unknown.sql',
    durationMs: null,
    tags: { dimension: 'validity', level: 'warn' },
  }),
  finding({ id: 'orders.amount-negative', title: 'Orders with a negative amount' }),
];

const RESULTS: Table = {
  columns: [
    { key: 'status', label: 'Status', kind: 'status' },
    { key: 'id', label: 'Check', kind: 'id' },
    { key: 'violations', label: 'Violations', kind: 'integer' },
    { key: 'rows', label: 'Rows', kind: 'integer' },
    { key: 'share', label: 'Share', kind: 'percent' },
    { key: 'cents', label: 'At stake', kind: 'cents' },
    { key: 'title', label: 'What it says', kind: 'text' },
  ],
  rows: [
    row('fail', 'orders.platform-fee-missing', 1234, 48211, 2.559, 123456, 'Sold orders without a platform fee'),
    row('warn', 'customers.email-missing', 7839, 9310, 84.2, null, 'Active customers without an e-mail address'),
    row('error', 'orders.items-malformed', null, null, null, null, 'Orders whose items cannot be read'),
    row('skipped', 'customers.tags-unknown', null, null, null, null, 'Customers with a tag that is not on the list'),
    row('pass', 'orders.amount-negative', 0, 48211, 0, -500, 'Orders with a negative amount'),
  ],
};

function row(
  status: string,
  id: string,
  violations: number | null,
  rows: number | null,
  share: number | null,
  cents: number | null,
  title: string,
): Table['rows'][number] {
  return { status, id, violations, rows, share, cents, title };
}

const SAMPLES: Table = {
  columns: [
    { key: 'id', label: 'id', kind: 'id' },
    { key: 'createdAt', label: 'createdAt', kind: 'time' },
    { key: 'name', label: 'name', kind: 'text' },
    { key: 'cents', label: 'cents', kind: 'cents' },
  ],
  rows: [
    { id: 'ckv9x2m5n0000', createdAt: '2026-10-01T04:05:06.789Z', name: 'Ann', cents: 1299 },
    { id: 'ckv9x2m5n0001', createdAt: null, name: HOSTILE.emoji, cents: 104500 },
  ],
};

/** A run of `smsfood check` with every status in it. */
export function checkReport(changes: Partial<Report> = {}): Report {
  return {
    name: 'check',
    document: {
      schema: 'smsfood.check/1',
      run: { id: 'r-7h2k', startedAt: '2026-10-05T03:00:00.250Z', durationMs: 1834.2, sandbox: false },
      exitCode: 1,
    },
    table: RESULTS,
    sections: [
      { lines: ['5 checks on shop at db.example:5432 in 1.8 s, one snapshot of 2026-10-05 03:00:00Z'] },
      { title: 'Results', table: RESULTS },
      {
        title: 'orders.platform-fee-missing',
        lines: [
          'Why: revenue that is never collected and never missed.',
          '  smsfood check show orders.platform-fee-missing --sql',
        ],
        table: SAMPLES,
      },
      { title: 'Baseline', table: { columns: RESULTS.columns, rows: [] } },
      { title: 'Summary', lines: ['1 pass, 1 warn, 1 fail, 1 error, 1 skipped'] },
    ],
    findings: FINDINGS,
    sandbox: false,
    ...changes,
  };
}

/** Every hostile value in every place that a value of the database, a check file or a path can reach. */
export function hostileReport(): Report {
  const values = Object.values(HOSTILE);
  const table: Table = {
    columns: [
      { key: 'who.name', label: `Who ${HOSTILE.csv} ${HOSTILE.escape}`, kind: 'text' },
      { key: 'id', label: 'Id', kind: 'id' },
      { key: 'when', label: 'When', kind: 'time' },
      { key: 'cents', label: 'Cents', kind: 'cents' },
    ],
    rows: values.map((value) => ({ 'who.name': value, id: value, when: value, cents: value })),
  };
  return {
    name: 'check',
    document: { values },
    table,
    sections: [{ title: HOSTILE.escape, lines: [...values], table }],
    findings: values.map((value, index) =>
      finding({
        id: `hostile.${index}`,
        title: value,
        status: (['fail', 'warn', 'error', 'skipped'] as const)[index % 4] ?? 'fail',
        message: value,
        remedy: value,
        file: `checks/a b/${value}.sql`,
        tags: { dimension: value },
      }),
    ),
    sandbox: true,
  };
}
