import { countByStatus, type Finding } from '../report.js';
import { explain, findingsOf, runFactsOf } from './findings.js';
import { printableLine, printableText } from './printable.js';
import type { Renderer } from './renderer.js';

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * JUnit XML: one suite, a test case for each finding. A check in error is an `<error>`, a warning passes and speaks in
 * `<system-out>`. Only what Jenkins' schema knows is written: the check's file and line stand in the text, because the
 * `file` and `line` attributes that some tools add make its xUnit plugin refuse the whole report.
 */
export const renderJunit: Renderer = (report) => {
  const findings = findingsOf(report, 'junit');
  const counts = countByStatus(findings);
  const { startedAt, durationMs } = runFactsOf(report);
  const name = `smsfood ${report.name}`;
  const time = durationMs ?? findings.reduce((sum, finding) => sum + (finding.durationMs ?? 0), 0);
  const totals = { tests: findings.length, failures: counts.fail, errors: counts.error };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name, ...totals, time: seconds(time) })}>`,
    `  <testsuite${attributes({
      name,
      ...totals,
      skipped: counts.skipped,
      time: seconds(time),
      timestamp: startedAt === null ? null : startedAt.slice(0, 19),
    })}>`,
    ...(report.sandbox
      ? ['    <properties>', '      <property name="sandbox" value="true"/>', '    </properties>']
      : []),
    ...findings.map(renderCase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
};

function renderCase(finding: Finding): string {
  const open = `    <testcase${attributes({
    classname: finding.id.split('.')[0] ?? finding.id,
    name: finding.id,
    time: finding.durationMs === null ? null : seconds(finding.durationMs),
  })}`;
  const outcome = renderOutcome(finding);
  return outcome === '' ? `${open}/>` : `${open}>\n      ${outcome}\n    </testcase>`;
}

function renderOutcome(finding: Finding): string {
  const { status, message, tags } = finding;
  const about = attributes({ type: tags.dimension ?? status, message });
  const text = escapeXml(`${explain(finding)}\n${printableLine(finding.file)}:${finding.line}`);
  switch (status) {
    case 'pass':
      return '';
    case 'warn':
      return `<system-out>warning: ${text}</system-out>`;
    case 'fail':
      return `<failure${about}>${text}</failure>`;
    case 'error':
      return `<error${about}>${text}</error>`;
    case 'skipped':
      // The reason is text, not a `message` attribute: Jenkins reads both, its older schema allows only this.
      return `<skipped>${escapeXml(printableText(message))}</skipped>`;
  }
}

function attributes(values: Record<string, string | number | null>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => ` ${key}="${escapeXml(printableText(String(value))).replaceAll('\n', '&#10;')}"`)
    .join('');
}

/** What XML 1.0 forbids is gone already: printableText spells control characters out. */
function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
