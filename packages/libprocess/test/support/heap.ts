import { getHeapSnapshot, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of this thread's heap that are still used after everything that nobody holds was collected. */
export function heapUsed(): number {
  // Once is not enough for what is held weakly, or by a finaliser.
  for (let round = 0; round < 3; round++) collect();
  return process.memoryUsage().heapUsed;
}

/** The part of a heap snapshot that is read here: each node is a row of numbers, the first of which is its type. */
interface HeapSnapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: string[]; readonly node_types: [string[]] } };
  readonly nodes: number[];
}

// What the engine makes for itself: code, its feedback and the shapes of objects, of which there is more the longer a program runs.
const ofTheEngine = new Set(['code', 'hidden', 'object shape', 'synthetic']);

/**
 * How many objects, closures, texts and other values of the program there are in this thread after everything that nobody holds was
 * collected. Other than `heapUsed` it does not count what the engine compiles, so that it tells of a single value.
 */
export async function valuesHeld(): Promise<number> {
  heapUsed();
  const chunks: Buffer[] = [];
  for await (const chunk of getHeapSnapshot()) chunks.push(chunk as Buffer);
  const { nodes, snapshot } = JSON.parse(Buffer.concat(chunks).toString()) as HeapSnapshot;
  const [types] = snapshot.meta.node_types;
  const width = snapshot.meta.node_fields.length;
  let held = 0;
  for (let node = 0; node < nodes.length; node += width) if (!ofTheEngine.has(types[nodes[node] ?? 0] ?? '')) held++;
  return held;
}
