import { expect, test } from 'vitest';
import { renderSarif } from '../../src/output/sarif.js';
import type { Finding, Report } from '../../src/report.js';
import { checkReport, FINDINGS, finding, hostileReport } from './samples.js';
import { sarifValidator } from './schemas.js';

const style = { columns: 80, color: true, unicode: true };
const validate = sarifValidator();

function runOf(report: Report) {
  const log = JSON.parse(renderSarif(report, style));
  expect(validate(log), JSON.stringify(validate.errors)).toBe(true);
  return log.runs[0];
}

function uriOf(file: string): { uri: string; uriBaseId?: string } {
  const run = runOf(checkReport({ findings: [finding({ status: 'fail', file })] }));
  return run.results[0].locations[0].physicalLocation.artifactLocation;
}

test('as a CI system reads it', async () => {
  await expect(renderSarif(checkReport(), style)).toMatchFileSnapshot('snapshots/check.sarif');
  runOf(checkReport());
});

test('the schema would object', () => {
  const log = JSON.parse(renderSarif(checkReport(), style));
  log.runs[0].results[0].level = 'fatal';
  expect(validate(log)).toBe(false);
});

test('hostile values, no findings and a document without a run are valid too', () => {
  expect(runOf(hostileReport()).results).toHaveLength(6);
  expect(runOf(checkReport({ findings: [] })).results).toEqual([]);
  expect(runOf(checkReport({ document: { run: { startedAt: 'yesterday' } } })).invocations[0]).not.toHaveProperty(
    'startTimeUtc',
  );
});

test('failures and warnings are results; a check in error is a notification and the run not successful', () => {
  const run = runOf(checkReport());
  expect(run.results.map(({ ruleId, level }: Record<string, string>) => [ruleId, level])).toEqual([
    ['orders.platform-fee-missing', 'error'],
    ['customers.email-missing', 'warning'],
  ]);
  const [invocation] = run.invocations;
  expect(invocation.executionSuccessful).toBe(false);
  expect(
    invocation.toolExecutionNotifications.map(({ level, associatedRule }: Record<string, { id: string }>) => [
      level,
      associatedRule?.id,
    ]),
  ).toEqual([
    ['error', 'orders.items-malformed'],
    ['note', 'customers.tags-unknown'],
  ]);
  const withoutError = FINDINGS.filter(({ status }) => status !== 'error');
  expect(runOf(checkReport({ findings: withoutError })).invocations[0].executionSuccessful).toBe(true);
});

test('results and notifications point at the rule of their check', () => {
  const run = runOf(checkReport());
  const ids = run.tool.driver.rules.map(({ id }: Finding) => id);
  expect(ids).toEqual(FINDINGS.map(({ id }) => id));
  for (const { ruleId, ruleIndex } of run.results) expect(ids[ruleIndex]).toBe(ruleId);
  for (const { associatedRule } of run.invocations[0].toolExecutionNotifications) {
    expect(ids[associatedRule.index]).toBe(associatedRule.id);
  }
});

test('a rule tells its level by the header, not by what this run made of it', () => {
  const rules = runOf(checkReport()).tool.driver.rules;
  const levels = rules.map(
    ({ defaultConfiguration }: { defaultConfiguration: { level: string } }) => defaultConfiguration.level,
  );
  expect(levels).toEqual(['error', 'warning', 'error', 'warning', 'error']);
});

test('the fingerprint stays when the file or the message changes, and is another for another check', () => {
  const printOf = (changes: Partial<Finding>): unknown =>
    runOf(checkReport({ findings: [finding({ status: 'fail', ...changes })] })).results[0].partialFingerprints;
  expect(printOf({ line: 99, message: 'other', file: 'elsewhere.sql' })).toEqual(printOf({}));
  expect(printOf({ id: 'orders.other' })).not.toEqual(printOf({}));
});

test.each([
  ['checks/orders/a.sql', { uri: 'checks/orders/a.sql', uriBaseId: '%SRCROOT%' }],
  ['./my checks/50% [new]#1?.sql', { uri: 'my%20checks/50%25%20%5Bnew%5D%231%3F.sql', uriBaseId: '%SRCROOT%' }],
  ['checks\\orders\\a.sql', { uri: 'checks/orders/a.sql', uriBaseId: '%SRCROOT%' }],
  ['a:b.sql', { uri: 'a%3Ab.sql', uriBaseId: '%SRCROOT%' }],
  ['/opt/größe/a.sql', { uri: 'file:///opt/gr%C3%B6%C3%9Fe/a.sql' }],
  ['C:\\checks\\a b.sql', { uri: 'file:///C:/checks/a%20b.sql' }],
])('the file %s as a URI', (file, expected) => {
  expect(uriOf(file)).toEqual(expected);
});

test('a value cannot make a link in a message', () => {
  const run = runOf(checkReport({ findings: [finding({ status: 'fail', message: '[click](http://evil.example)' })] }));
  expect(run.results[0].message.text).toBe('[click] (http://evil.example)');
});
