#!/usr/bin/env node
import { runAsProcess } from '../dist/src/io.js';
import { mesosLog } from '../dist/src/log-tool/mesos-log.js';

await runAsProcess(mesosLog);
