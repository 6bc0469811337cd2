/** A program that starts a child which is to end with it, and waits to be killed. */
import { Runtime } from '../../src/index.ts';
import { subprocess } from '../../src/subprocess/index.ts';

const runtime = new Runtime();
// The child has a child of its own, and ignores the signals that ask it to end.
const child = await subprocess(runtime, ['/bin/sh', '-c', "trap '' TERM HUP; sleep 1000 & echo $$ $!; wait"], {
  stdin: 'ignore',
  onParentDeath: process.argv[2] === 'kill' ? 'kill' : 'survive',
  session: true,
});
await child.status;
