import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemRandom } from '@mesos-ts/libprocess';
import { LevelStorage, State } from '@mesos-ts/state';

const folder = await mkdtemp(join(tmpdir(), 'state-'));
const storage = await LevelStorage.open(folder);
const state = new State(storage, new SystemRandom());
const variable = await state.fetch('tasks');
const stored = await state.store(variable.mutate(Buffer.from('three of them')));
console.log(stored === undefined ? 'somebody else was faster' : 'stored');
const late = await state.store(variable.mutate(Buffer.from('four of them')));
console.log(late === undefined ? 'somebody else was faster' : 'stored');
await storage.close();
await rm(folder, { recursive: true });
