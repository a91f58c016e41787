import type { Command } from 'commander';
import type { Host } from './command.js';
import { define as defineServe } from './webhooks-serve.js';
import { define as defineWork } from './webhooks-work.js';

export function define(parent: Command, host: Host): void {
  const group = parent
    .command('webhooks')
    .description('What the providers report: received, stored before it is acknowledged, processed once, replayable.');
  for (const each of [defineServe, defineWork]) each(group, host);
}
