import test from 'ava';
import {
  emptyRegistry,
  RegistryDraft,
  RegistryWriter,
  readRegistry,
  registryJson,
} from '../../src/registrar/contents.ts';
import { applyOperation, type RegistryOperation } from '../../src/registrar/operations.ts';
import { readMaintenance } from '../../src/registrar/maintenance.ts';
import type { MachineID, MaintenanceWindow, Registry } from '@mesos-ts/protocol';
import type { RegistryContents } from '../../src/registrar/contents.ts';

const one: MachineID = { ip: '0.0.0.1' };
const two: MachineID = { hostname: 'Two', ip: '0.0.0.2' };
const three: MachineID = { hostname: 'three' };
const at = (nanoseconds: number): MaintenanceWindow['unavailability'] => ({ start: { nanoseconds } });
const window = (nanoseconds: number, ...machine_ids: MachineID[]): MaintenanceWindow => ({
  machine_ids,
  unavailability: at(nanoseconds),
});
const plan = (...windows: MaintenanceWindow[]): RegistryOperation => ({
  type: 'update-schedule',
  schedule: { windows },
});
const start = (...machines: MachineID[]): RegistryOperation => ({ type: 'start-maintenance', machines });
const stop = (...machines: MachineID[]): RegistryOperation => ({ type: 'stop-maintenance', machines });

/** The registry after changes, written and read again as the next master does, and why those were refused that were. */
function after(
  operations: readonly RegistryOperation[],
  before: RegistryContents = emptyRegistry,
): { contents: RegistryContents; problems: string[]; machines: string[]; schedules: Registry['schedules'] } {
  const draft = new RegistryDraft(before);
  const problems = operations
    .map((operation) => applyOperation(draft, operation))
    .filter((problem) => problem !== undefined);
  const contents = readRegistry(new RegistryWriter().write(draft.finish()));
  const { machines } = readMaintenance(contents.rest);
  return {
    contents,
    problems,
    machines: [...machines.values()].map(
      ({ id, mode, unavailability }) => `${id.hostname ?? id.ip} ${mode} ${unavailability?.start.nanoseconds}`,
    ),
    schedules: contents.rest.schedules,
  };
}

test('the machines of a schedule drain, in their order; a new schedule replaces the one before', (t) => {
  const first = after([plan(window(1, one), window(2, two, three))]);
  t.deepEqual(first.machines, ['0.0.0.1 DRAINING 1', 'Two DRAINING 2', 'three DRAINING 2']);
  t.deepEqual(first.schedules, [{ windows: [window(1, one), window(2, two, three)] }]);
  const second = after([plan(window(5, three, one))], first.contents);
  t.deepEqual(second.machines, ['0.0.0.1 DRAINING 5', 'three DRAINING 5']);
  t.deepEqual(second.schedules, [{ windows: [window(5, three, one)] }]);
  const none = after([plan()], second.contents);
  t.deepEqual(none.machines, []);
  t.false('machines' in none.contents.rest);
});

test('a machine is meant by its name, in whatever capitals, and its address together', (t) => {
  const { machines, problems } = after([
    plan(window(1, two)),
    start({ hostname: 'two', ip: '0.0.0.2' }),
    stop({ hostname: 'TWO' }),
    stop({ hostname: 'two', ip: '' }),
  ]);
  t.deepEqual(machines, ['Two DOWN 1']);
  t.deepEqual(problems, ['A machine is not down', 'A machine is not down']);
});

test('machines go down all or none, and only while they drain', (t) => {
  const planned = after([plan(window(1, one, two))]).contents;
  const { machines, problems } = after([start(one), start(two, three), start(one, two)], planned);
  t.deepEqual(machines, ['0.0.0.1 DOWN 1', 'Two DRAINING 1']);
  t.deepEqual(problems, ['A machine is not draining', 'A machine is not draining']);
});

test('a schedule without a machine that is down is refused; one with it keeps it down', (t) => {
  const down = after([plan(window(1, one, two)), start(one)]).contents;
  const without = after([plan(window(2, two))], down);
  t.deepEqual(without.problems, ['A machine that is down is not in it']);
  t.deepEqual(without.machines, ['0.0.0.1 DOWN 1', 'Two DRAINING 1']);
  t.deepEqual(after([plan(window(2, one, three))], down).machines, ['0.0.0.1 DOWN 2', 'three DRAINING 2']);
});

test('a machine that is up again is out of the schedule, a window that was its own with it', (t) => {
  const down = after([plan(window(1, one), window(2, two, three)), start(one, two)]).contents;
  const up = after([stop(one, two)], down);
  t.deepEqual(up.machines, ['three DRAINING 2']);
  t.deepEqual(up.schedules, [{ windows: [window(2, three)] }]);
  const { contents, problems } = after([start(three), stop(three), stop(three)], up.contents);
  t.deepEqual(problems, ['A machine is not down']);
  t.deepEqual(registryJson(contents), {});
});
