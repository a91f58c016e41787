#!/usr/bin/env node
import { run } from '../dist/process.js';

process.exitCode = await run(process);
