#!/usr/bin/env node
import { runAgent } from '../dist/src/main.js';

// All is closed by then. A connection to etcd that is still being made to a host that is away would hold the process for minutes.
process.exit(await runAgent(process.argv.slice(2), process.env));
