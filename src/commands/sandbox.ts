import type { Command } from 'commander';
import type { Host } from './command.js';
import { define as defineReset } from './sandbox-reset.js';
import { define as defineSeed } from './sandbox-seed.js';
import { define as defineStart } from './sandbox-start.js';
import { define as defineStatus } from './sandbox-status.js';
import { define as defineStop } from './sandbox-stop.js';

export function define(parent: Command, host: Host): void {
  const group = parent
    .command('sandbox')
    .description(
      'A real PostgreSQL 18 on this machine, to try things on: no download, no root, no container. Used by every command with --sandbox.',
    );
  for (const each of [defineStart, defineStatus, defineSeed, defineStop, defineReset]) each(group, host);
}
