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
    name: 'reconcile',
    summary: "compare customers' totals with their orders, and correct them",
    load: () => import('./reconcile.js'),
  },
  {
    name: 'phones',
    summary: 'the pool of numbers: what is left, recycle, release, audit',
    load: () => import('./phones.js'),
  },
  {
    name: 'segments',
    summary: 'score customers by what they buy, and set their category',
    load: () => import('./segments.js'),
  },
  { name: 'refresh', summary: 'bring the summary tables up to date', load: () => import('./refresh.js') },
  { name: 'export', summary: 'files for finance, with manifests that tie out', load: () => import('./export.js') },
  { name: 'kpi', summary: "the marketplace's numbers, compared like with like", load: () => import('./kpi.js') },
  {
    name: 'report',
    summary: 'one page of the numbers and the quality of the data, to show and to print',
    load: () => import('./report.js'),
  },
  {
    name: 'webhooks',
    summary: 'receive and work on what Stripe, Twilio and EZTexting report',
    load: () => import('./webhooks.js'),
  },
  {
    name: 'nightly',
    summary: 'all that belongs into every night, for cron: repair, sum up, judge, tell',
    load: () => import('./nightly.js'),
  },
  { name: 'notify', summary: 'try the channels that nightly tells', load: () => import('./notify.js') },
  {
    name: 'catalog',
    summary: 'what the data means, where it comes from, what watches it',
    load: () => import('./catalog.js'),
  },
  {
    name: 'privacy',
    summary: 'what is kept about a person, and what for too long',
    load: () => import('./privacy.js'),
  },
  { name: 'runs', summary: 'what ran, how it ended, what it changed', load: () => import('./runs.js') },
  { name: 'undo', summary: 'restore the rows that a run changed', load: () => import('./undo.js') },
  { name: 'db', summary: 'install, inspect or remove the schema that smsfood keeps', load: () => import('./db.js') },
  { name: 'sandbox', summary: 'a throw-away PostgreSQL on this machine', load: () => import('./sandbox.js') },
  { name: 'demo', summary: 'sandbox, damaged data, all checks: what smsfood does', load: () => import('./demo.js') },
  { name: 'doctor', summary: 'explain the configuration and test the database', load: () => import('./doctor.js') },
  { name: 'config', summary: 'what is configured, and where it comes from', load: () => import('./config.js') },
  {
    name: 'completion',
    summary: 'the script by which a shell completes smsfood',
    load: () => import('./completion.js'),
  },
];
