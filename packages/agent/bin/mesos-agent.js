#!/usr/bin/env node
import { runAgent } from '../dist/src/main.js';

process.exitCode = await runAgent(process.argv.slice(2), process.env);
