#!/usr/bin/env node
import { localCommand } from '../dist/src/commands/local.js';
import { runAsProcess } from '../dist/src/io.js';

await runAsProcess(localCommand);
