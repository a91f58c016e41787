import type { Command } from 'commander';
import type { Host } from './command.js';
import { define as defineFind } from './privacy-find.js';
import { define as defineRetention } from './privacy-retention.js';

export function define(parent: Command, host: Host): void {
  const group = parent.command('privacy').description('What is kept about a person, and what is kept for too long.');
  for (const each of [defineFind, defineRetention]) each(group, host);
}
