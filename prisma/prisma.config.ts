import { join } from 'node:path';
import { defineConfig } from 'prisma/config';

// `prisma generate` resolves a schema engine that it never runs, and would download one. Any existing file
// satisfies it, so generation works offline; smsfood applies its migrations itself.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({ schema: join(import.meta.dirname, 'schema.prisma') });
