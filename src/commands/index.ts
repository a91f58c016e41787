import type { CommandEntry } from './command.js';

/** The program's table of contents. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'check', summary: 'judge data-quality checks on the database', load: () => import('./check.js') },
  {
    name: 'scorecard',
    summary: 'score each dimension and domain, with trend and fill rates',
    load: () => import('./scorecard.js'),
  },
  {
    name: 'segments',
    summary: 'score customers by RFM, and set their categories',
    load: () => import('./segments.js'),
  },
  { name: 'refresh', summary: 'refresh the summary tables that reports read', load: () => import('./refresh.js') },
  { name: 'db', summary: 'install, inspect or remove the schema that smsfood keeps', load: () => import('./db.js') },
  { name: 'sandbox', summary: 'a throw-away PostgreSQL on this machine', load: () => import('./sandbox.js') },
  { name: 'demo', summary: 'sandbox, damaged data, all checks: what smsfood does', load: () => import('./demo.js') },
  { name: 'doctor', summary: 'explain the configuration and test the database', load: () => import('./doctor.js') },
];
