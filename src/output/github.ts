import { countByStatus, type Finding, type Report } from '../report.js';
import { count } from '../words.js';
import { explain, findingsOf } from './findings.js';
import { printableLine } from './printable.js';
import type { Renderer } from './renderer.js';

/** GitHub keeps ten annotations of a kind for a step and drops the others without a word. */
const LIMIT = 10;

/**
 * Workflow commands of GitHub Actions: a failure or an error is an `::error`, a warning a `::warning`, and the last line
 * is a notice that sums up and counts what did not fit.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export const renderGithub: Renderer = (report) => {
  const findings = findingsOf(report, 'github');
  const errors = findings.filter(({ status }) => status === 'fail' || status === 'error');
  const warnings = findings.filter(({ status }) => status === 'warn');
  const lines = [
    ...errors.slice(0, LIMIT).map((finding) => annotation('error', finding)),
    ...warnings.slice(0, LIMIT).map((finding) => annotation('warning', finding)),
    summary(report, findings, errors.length - LIMIT, warnings.length - LIMIT),
  ];
  return `${lines.join('\n')}\n`;
};

function annotation(level: 'error' | 'warning', finding: Finding): string {
  const verdict = finding.status === 'error' ? 'could not be evaluated: ' : '';
  const properties = {
    file: finding.file,
    line: String(finding.line),
    title: `${finding.id}: ${finding.title}`,
  };
  return command(level, properties, verdict + explain(finding));
}

function summary(report: Report, findings: Finding[], errorsLeft: number, warningsLeft: number): string {
  const { pass, warn, fail, error, skipped } = countByStatus(findings);
  const counts = `${pass} pass, ${warn} warn, ${fail} fail, ${error} error, ${skipped} skipped`;
  const left = [
    ...(errorsLeft > 0 ? [count(errorsLeft, 'more error')] : []),
    ...(warningsLeft > 0 ? [count(warningsLeft, 'more warning')] : []),
  ];
  const rest = left.length > 0 ? `; and ${left.join(', ')}: see the full report` : '';
  const source = report.sandbox ? 'sandbox data: ' : '';
  return command('notice', { title: `smsfood ${report.name}` }, `${source}${counts}${rest}`);
}

function command(name: string, properties: Record<string, string>, message: string): string {
  const pairs = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(printableLine(value))}`);
  return `::${name} ${pairs.join(',')}::${escapeMessage(message)}`;
}

function escapeMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
