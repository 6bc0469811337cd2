#!/usr/bin/env node
import module from 'node:module';

// Node 22 and later keep compiled code; a command executor is started for every command task.
module.enableCompileCache?.();

await import('../dist/mesos-executor.mjs');
