import type { Renderer } from './renderer.js';

export const FORMATS = ['table', 'json', 'csv', 'markdown', 'html', 'junit', 'sarif', 'github'] as const;
export type Format = (typeof FORMATS)[number];

/** Formats that show nothing but findings. */
export const FINDING_FORMATS: readonly Format[] = ['junit', 'sarif', 'github'];

/** The others: a command whose report has no findings takes these only, and refuses the rest before it asks the database. */
export const REPORT_FORMATS: readonly Format[] = FORMATS.filter((format) => !FINDING_FORMATS.includes(format));

/** From the format to its renderer, loaded when asked for: cli-table3, chalk and csv-stringify cost nothing to the others. */
export const RENDERERS: Record<Format, () => Promise<Renderer>> = {
  table: async () => (await import('./table.js')).renderTable,
  json: async () => (await import('./json.js')).renderJson,
  csv: async () => (await import('./csv.js')).renderCsv,
  markdown: async () => (await import('./markdown.js')).renderMarkdown,
  html: async () => (await import('./web-page.js')).renderWebPage,
  junit: async () => (await import('./junit.js')).renderJunit,
  sarif: async () => (await import('./sarif.js')).renderSarif,
  github: async () => (await import('./github.js')).renderGithub,
};
