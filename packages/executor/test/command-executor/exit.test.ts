import { constants } from 'node:os';
import test from 'ava';
import { describeExit } from '../../src/command-executor/exit.ts';

test('exits are described in the words of Mesos', (t) => {
  t.is(describeExit({ code: 0, signal: null }), 'Command exited with status 0');
  t.is(describeExit({ code: 127, signal: null }), 'Command exited with status 127');
  t.is(describeExit({ code: null, signal: 'SIGTERM' }), 'Command terminated with signal Terminated');
  t.is(describeExit({ code: null, signal: 'SIGSEGV' }), 'Command terminated with signal Segmentation fault');
});

test('every signal has a description', (t) => {
  for (const signal of Object.keys(constants.signals) as NodeJS.Signals[]) {
    t.regex(describeExit({ code: null, signal }), /^Command terminated with signal [A-Z][\w /]+$/, signal);
  }
});
