import { Agent, get } from 'node:http';
import { SystemClock } from '@mesos-ts/libprocess';
import { clock } from './measure.ts';
import { tellParent } from './child.ts';

// Asks a master of another OS process for its health again and again, and tells how long each answer took when it is asked for that.

const [url = ''] = process.argv.slice(2);
const pauseMs = 10;
const timers = new SystemClock();
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let waits: number[] = [];

function ask(): void {
  const startMs = clock();
  get(url, { agent }, (response) => {
    response.resume();
    response.on('end', () => {
      waits.push(clock() - startMs);
      timers.timer(pauseMs, ask);
    });
  });
}

process.on('message', () => {
  process.send?.(waits);
  waits = [];
});
ask();
tellParent('ready');
