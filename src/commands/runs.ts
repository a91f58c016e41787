import type { Command } from 'commander';
import type { Host } from './command.js';
import { define as defineList } from './runs-list.js';
import { define as defineShow } from './runs-show.js';

export function define(parent: Command, host: Host): void {
  const group = parent.command('runs').description('What ran, when, how it ended, and which rows it changed.');
  for (const each of [defineList, defineShow]) each(group, host);
}
