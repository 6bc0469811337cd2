#!/usr/bin/env node
import { executeCommand } from '../dist/src/commands/execute.js';
import { runAsProcess } from '../dist/src/io.js';

await runAsProcess(executeCommand);
