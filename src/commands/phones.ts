import type { Command } from 'commander';
import type { Host } from './command.js';
import { define as defineAudit } from './phones-audit.js';
import { define as defineList } from './phones-list.js';
import { define as defineRecycle } from './phones-recycle.js';
import { define as defineRelease } from './phones-release.js';

export function define(parent: Command, host: Host): void {
  const group = parent
    .command('phones')
    .description('The pool of phone numbers: what is left, which may be given away again, and who had one when.');
  for (const each of [defineList, defineRecycle, defineRelease, defineAudit]) each(group, host);
}
