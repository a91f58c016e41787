import type { Command } from 'commander';
import type { Host } from './command.js';
import { define as defineList } from './webhooks-list.js';
import { define as definePrune } from './webhooks-prune.js';
import { define as defineRefunded } from './webhooks-refunded.js';
import { define as defineReplay } from './webhooks-replay.js';
import { define as defineServe } from './webhooks-serve.js';
import { define as defineShow } from './webhooks-show.js';
import { define as defineSimulate } from './webhooks-simulate.js';
import { define as defineStats } from './webhooks-stats.js';
import { define as defineWork } from './webhooks-work.js';

export function define(parent: Command, host: Host): void {
  const group = parent
    .command('webhooks')
    .description('What the providers report: received, stored before it is acknowledged, processed once, replayable.');
  const commands = [
    defineServe,
    defineWork,
    defineList,
    defineShow,
    defineReplay,
    defineRefunded,
    defineStats,
    definePrune,
    defineSimulate,
  ];
  for (const each of commands) each(group, host);
}
