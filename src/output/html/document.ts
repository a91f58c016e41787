import { createHash } from 'node:crypto';
import { html, Markup } from './markup.js';
import { STYLE } from './style.js';

/** By its hash, no other style is let in, neither in elements nor in attributes. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** One HTML file around a body: no script, nothing that is loaded. */
export function renderDocument(title: string, body: Markup, sandbox: boolean): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${sandbox ? 'Sandbox data: ' : null}${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
${body}
</body>
</html>
`.text;
}
