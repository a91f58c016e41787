import type { Command } from 'commander';
import type { Host } from './command.js';
import { define as defineTest } from './notify-test.js';

export function define(parent: Command, host: Host): void {
  const group = parent.command('notify').description('The channels by which `smsfood nightly` tells what it found.');
  defineTest(group, host);
}
