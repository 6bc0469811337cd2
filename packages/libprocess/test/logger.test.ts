import test from 'ava';
import { streamLogger } from '../src/index.ts';
import { printable } from '../src/text.ts';

test('lines are written as glog writes them, from the lowest level on', (t) => {
  const lines: string[] = [];
  const options = { write: (line: string) => lines.push(line), now: () => 1_577_934_245_678, component: 'master' };
  for (const logger of [streamLogger(options), streamLogger({ ...options, level: 'warn' })]) {
    logger.debug('d');
    logger.info('i');
    logger.warn('w');
    logger.error('e');
  }
  const stamp = `0102 03:04:05.678000 ${process.pid} master]`;
  const written = ['I i', 'W w', 'E e', 'W w', 'E e'].map((line) => `${line[0]}${stamp} ${line.slice(2)}\n`);
  t.deepEqual(lines, written);
});

test('what a peer says cannot begin a line of its own in a log, nor fill it', (t) => {
  t.is(printable('a\nE0102 fake] b\r\u2028\u001b[31m'), 'a\\u000aE0102 fake] b\\u000d\\u2028\\u001b[31m');
  t.is(printable('x'.repeat(10_000)).length, 203);
  t.is(printable('plain é text'), 'plain é text');
});

test('debug messages are lines like any other while the verbosity is raised, even where only warnings are written', (t) => {
  const lines: string[] = [];
  const logger = streamLogger({ write: (line) => lines.push(line), now: () => 0, component: 'agent', level: 'warn' });
  logger.debug('quiet');
  if (logger.verbosity !== undefined) logger.verbosity.level = 1;
  logger.debug('loud');
  logger.info('not asked for');
  t.deepEqual(lines, [`I0101 00:00:00.000000 ${process.pid} agent] loud\n`]);
});
