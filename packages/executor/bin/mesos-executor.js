#!/usr/bin/env node
const nodeModule = require('node:module');

// Node 22 and later keep compiled code; a command executor is started for every command task.
nodeModule.enableCompileCache?.();

require('../dist/mesos-executor.cjs');
