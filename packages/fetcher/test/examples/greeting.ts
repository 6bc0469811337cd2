import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fetcher } from '@mesos-ts/fetcher';
import { SystemClock } from '@mesos-ts/libprocess';

const folder = await mkdtemp(join(tmpdir(), 'fetcher-'));
const sandboxDirectory = join(folder, 'sandbox');
await mkdir(sandboxDirectory);
await writeFile(join(folder, 'greeting.txt'), 'hello');
const fetcher = new Fetcher({ clock: new SystemClock() });
const command = { uris: [{ value: `file://${folder}/greeting.txt`, output_file: 'in/greeting' }] };
await fetcher.fetch({ containerId: 'c1', command, sandboxDirectory });
console.log(await readFile(join(sandboxDirectory, 'in/greeting'), 'utf8'));
console.log(fetcher.statistics());
await rm(folder, { recursive: true });
