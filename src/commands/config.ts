import type { Command } from 'commander';
import type { Host } from './command.js';
import { define as defineShow } from './config-show.js';

export function define(parent: Command, host: Host): void {
  const group = parent
    .command('config')
    .description('What is configured: flags over environment over smsfood.config.json over defaults.');
  defineShow(group, host);
}
