// Lists the licences of everything that is installed with smsfood, from package-lock.json of the working folder. Exits 1
// where one is not on the list, or missing.
import { readFileSync } from 'node:fs';

/** Licences that ask for no more than to be named, and the dedication to the public. */
const ALLOWED = [
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'BlueOak-1.0.0',
  'PostgreSQL',
  'Unlicense',
];

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const byLicense = new Map();
for (const [path, { dev, devOptional, license, version }] of Object.entries(packages)) {
  if (path === '' || dev || devOptional) continue;
  const name = `${path.replace(/^.*node_modules\//, '')}@${version}`;
  const key = license ?? '(none)';
  byLicense.set(key, [...(byLicense.get(key) ?? []), name].sort());
}

for (const [license, names] of [...byLicense].sort(([a], [b]) => a.localeCompare(b)))
  process.stdout.write(`${license}: ${names.length}\n  ${[...new Set(names)].join('\n  ')}\n`);

const refused = [...byLicense].filter(([license]) => !isAllowed(license));
for (const [license, names] of refused)
  process.stderr.write(`error: ${license} is not on the list of scripts/licenses.js: ${names.join(', ')}\n`);
process.exitCode = refused.length === 0 ? 0 : 1;

/** `(MIT OR GPL-3.0)` leaves the choice; `MIT AND ISC` asks for both. */
function isAllowed(expression) {
  const inner = expression.replace(/^\((.*)\)$/, '$1');
  if (inner.includes(' OR ')) return inner.split(' OR ').some(isAllowed);
  return inner.split(' AND ').every((license) => ALLOWED.includes(license));
}
