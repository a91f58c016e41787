import { defineConfig, mergeConfig } from 'vitest/config';
import everyday from './vitest.config.js';

export default mergeConfig(
  defineConfig({ test: { ...everyday.test, include: [], exclude: [] } }),
  defineConfig({ test: { include: ['tests/slow/**/*.test.ts'], testTimeout: 600_000 } }),
);
