import { createHash } from 'node:crypto';
import type { Finding, Report } from '../report.js';
import { explain, findingsOf, runFactsOf } from './findings.js';
import { printableText } from './printable.js';
import type { Renderer } from './renderer.js';

type Level = 'error' | 'warning' | 'note';

/**
 * SARIF 2.1.0 with one run: failures are results of level error, warnings of level warning. A check that could not be
 * evaluated is no result but a notification, and the run then counts as not successful; a skipped one leaves a note, so
 * that its absence cannot be read as a pass. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export const renderSarif: Renderer = (report) => {
  const findings = findingsOf(report, 'sarif');
  const rules = [...new Map(findings.map((finding) => [finding.id, finding])).values()];
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'smsfood', rules: rules.map(toRule) } },
        automationDetails: { id: `smsfood/${report.name}/` },
        invocations: [toInvocation(report, findings, indexes)],
        results: findings.flatMap((finding) => toResult(finding, indexes)),
        properties: { sandbox: report.sandbox },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
};

function toRule(finding: Finding) {
  const { id, title, remedy, tags } = finding;
  return {
    id,
    name: id.replace(/(?:^|[^a-z0-9]+)([a-z0-9])/gi, (_match, letter: string) => letter.toUpperCase()),
    shortDescription: toMessage(title),
    help: toMessage(remedy === null ? title : `${title}\nRemedy: ${remedy}`),
    defaultConfiguration: { level: ruleLevel(finding) },
    properties: { tags: Object.entries(tags).map(([key, value]) => `${key}:${printableText(value)}`) },
  };
}

/** The level in the check's header where its tags have it; else what this run made of it. */
function ruleLevel({ tags, status }: Finding): Level {
  return (tags.level ?? status) === 'fail' ? 'error' : 'warning';
}

function toResult(finding: Finding, indexes: Map<string, number>) {
  if (finding.status !== 'fail' && finding.status !== 'warn') return [];
  const level: Level = finding.status === 'fail' ? 'error' : 'warning';
  return [
    {
      ruleId: finding.id,
      ruleIndex: indexes.get(finding.id),
      level,
      message: toMessage(explain(finding)),
      locations: [toLocation(finding)],
      // GitHub recognises an alert by this one. It is the check's id, so that editing the file does not reopen the alert.
      partialFingerprints: {
        primaryLocationLineHash: `${createHash('sha256').update(finding.id).digest('hex').slice(0, 16)}:1`,
      },
    },
  ];
}

function toInvocation(report: Report, findings: Finding[], indexes: Map<string, number>) {
  const { startedAt, durationMs, exitCode } = runFactsOf(report);
  const end = startedAt === null || durationMs === null ? null : new Date(Date.parse(startedAt) + durationMs);
  return {
    executionSuccessful: findings.every(({ status }) => status !== 'error'),
    ...(startedAt === null ? {} : { startTimeUtc: startedAt }),
    ...(end === null ? {} : { endTimeUtc: end.toISOString() }),
    ...(exitCode === null ? {} : { exitCode }),
    toolExecutionNotifications: findings
      .filter(({ status }) => status === 'error' || status === 'skipped')
      .map((finding) => toNotification(finding, indexes)),
  };
}

function toNotification(finding: Finding, indexes: Map<string, number>) {
  const level: Level = finding.status === 'error' ? 'error' : 'note';
  return {
    level,
    message: toMessage(finding.status === 'error' ? explain(finding) : finding.message),
    associatedRule: { id: finding.id, index: indexes.get(finding.id) },
    locations: [toLocation(finding)],
  };
}

function toLocation({ file, line }: Finding) {
  return { physicalLocation: { artifactLocation: toArtifact(file), region: { startLine: line } } };
}

/** A relative path is a URI below the root of the sources; an absolute one stands for itself. */
function toArtifact(file: string) {
  const path = file.replaceAll('\\', '/');
  if (/^[a-z]:\//i.test(path)) return { uri: `file:///${path.slice(0, 2)}${encodePath(path.slice(2))}` };
  if (path.startsWith('/')) return { uri: `file://${encodePath(path)}` };
  return { uri: encodePath(path.replace(/^(?:\.\/)+/, '')), uriBaseId: '%SRCROOT%' };
}

function encodePath(path: string): string {
  // Half a surrogate pair is in no encoding, and encodeURIComponent throws at it.
  return path
    .replace(/\p{Cs}/gu, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/');
}

/** In a SARIF message `[text](target)` is a link, and values must not be able to make one. */
function toMessage(text: string) {
  return { text: printableText(text).replaceAll('](', '] (') };
}
