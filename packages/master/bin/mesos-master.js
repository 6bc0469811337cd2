#!/usr/bin/env node
import { runMaster } from '../dist/src/main.js';

process.exitCode = await runMaster(process.argv.slice(2), process.env);
