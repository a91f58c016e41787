import { defineConfig, mergeConfig } from 'vitest/config';
import everyday, { SLOW } from './vitest.config.js';

export default mergeConfig(
  defineConfig({ test: { ...everyday.test, include: [], exclude: [] } }),
  defineConfig({ test: { include: [SLOW], testTimeout: 600_000 } }),
);
