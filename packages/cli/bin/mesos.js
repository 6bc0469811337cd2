#!/usr/bin/env node
import { runAsProcess } from '../dist/src/io.js';
import { mesos } from '../dist/src/mesos.js';

await runAsProcess(mesos);
