import type { Command } from 'commander';
import { define as defineCoverage } from './catalog-coverage.js';
import { define as defineDictionary } from './catalog-dictionary.js';
import { define as defineErd } from './catalog-erd.js';
import { define as defineFlows } from './catalog-flows.js';
import { define as defineLineage } from './catalog-lineage.js';
import type { Host } from './command.js';

export function define(parent: Command, host: Host): void {
  const group = parent
    .command('catalog')
    .description(
      'What each table and column means, where it comes from, who writes and reads it, and which checks watch it.',
    );
  for (const each of [defineDictionary, defineErd, defineLineage, defineFlows, defineCoverage]) each(group, host);
}
