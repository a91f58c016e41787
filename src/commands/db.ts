import type { Command } from 'commander';
import type { Host } from './command.js';
import { define as defineAdvise } from './db-advise.js';
import { define as defineInstall } from './db-install.js';
import { define as defineStatus } from './db-status.js';
import { define as defineUninstall } from './db-uninstall.js';

export function define(parent: Command, host: Host): void {
  const group = parent
    .command('db')
    .description("The schema ops, where smsfood keeps its history. The platform's own tables are never altered.");
  for (const each of [defineInstall, defineStatus, defineAdvise, defineUninstall]) each(group, host);
}
