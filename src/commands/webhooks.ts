import type { Command } from 'commander';
import type { Host } from './command.js';
import { define as defineWork } from './webhooks-work.js';

export function define(parent: Command, host: Host): void {
  const group = parent
    .command('webhooks')
    .description('What providers send: received, processed, retried, given up, replayed.');
  for (const each of [defineWork]) each(group, host);
}
