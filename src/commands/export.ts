import type { Command } from 'commander';
import type { Host } from './command.js';
import { define as defineDatasets } from './export-dataset.js';
import { define as defineDiff } from './export-diff.js';
import { define as defineSchema } from './export-schema.js';
import { define as defineVerify } from './export-verify.js';

export function define(parent: Command, host: Host): void {
  const group = parent
    .command('export')
    .description('Files for finance: whole, in order, with a manifest that ties out.');
  for (const each of [defineDatasets, defineVerify, defineDiff, defineSchema]) each(group, host);
}
