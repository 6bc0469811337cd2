import { MasterError } from '../errors.ts';
import { Totals } from './totals.ts';
import type { ResourceQuantities } from '@mesos-ts/protocol';

/** Options of `DrfSorter`. */
export interface DrfSorterOptions {
  /** What the whole cluster has. Shared by all sorters of an allocator, and changed by the allocator only. */
  readonly cluster: Totals;
  /** Names of resources that do not count towards shares. */
  readonly excluded?: ReadonlySet<string>;
}

/**
 * How what is at the top stands to its quota: guaranteed more than it has, able to get more, or at its limit. Each lane keeps an order
 * of its own, so that to go through one costs nothing for those in the others.
 */
export type Lane = 'wanting' | 'open' | 'shut';

const allLanes: readonly Lane[] = ['wanting', 'open', 'shut'];

/** The name of the leaf that stands for a client which is also an ancestor of clients: client `a` beside client `a/b`. */
const ownLeaf = '.';

const defaultWeight = 1;

class Node<Item> {
  readonly name: string;
  readonly path: string;
  readonly parent: Node<Item> | undefined;
  readonly allocated = new Totals();
  readonly children = new Map<string, Node<Item>>();
  /** The children that an ordering goes through, lowest share first: all but inactive leaves, and at the top those of other lanes. */
  listed: Node<Item>[] = [];
  kind: 'internal' | 'active' | 'inactive';
  share = 0;
  allocations = 0;
  weight = defaultWeight;
  lane: Lane = 'open';
  /** What stands for the client; nothing where there is none. */
  item: Item | undefined;

  constructor(name: string, kind: Node<Item>['kind'], parent: Node<Item> | undefined) {
    this.name = name;
    this.kind = kind;
    this.parent = parent;
    this.path = parent === undefined || parent.path === '' ? name : `${parent.path}/${name}`;
  }
}

/**
 * Orders clients by dominant resource fairness: the one whose largest share of any resource, divided by its weight, is smallest
 * comes first (Ghodsi et al., NSDI 2011). A client is a path such as `eng/web`; the siblings at each level compete with what all
 * below them has, as in Mesos's hierarchical sorter. Ties go to the client that was allocated to less often, then by name.
 *
 * The order is kept while allocations change, one client at a time; only a change of the cluster's size reorders everything. It is one
 * of what was added with the clients, which nobody has to look up by name then.
 */
export class DrfSorter<Item> {
  readonly #options: DrfSorterOptions;
  readonly #root = new Node<Item>('', 'internal', undefined);
  readonly #clients = new Map<string, Node<Item>>();
  readonly #weights = new Map<string, number>();
  /** At the top, those that are not in the open lane, and their lanes; they need not be there. */
  readonly #lanes = new Map<string, Lane>();
  readonly #aside: Readonly<Record<Exclude<Lane, 'open'>, Node<Item>[]>> = { wanting: [], shut: [] };
  #version: number;

  constructor(options: DrfSorterOptions) {
    this.#options = options;
    this.#version = options.cluster.version;
  }

  get size(): number {
    return this.#clients.size;
  }

  has(client: string): boolean {
    return this.#clients.has(client);
  }

  /** Adds a client, inactive, with what is to stand for it in the order. */
  add(client: string, item: Item): void {
    if (this.#clients.has(client)) throw new MasterError('ALLOCATOR_INVARIANT', `Client '${client}' is there already`);
    let parent = this.#root;
    const names = client.split('/');
    for (const name of names.slice(0, -1)) parent = this.#descend(parent, name);
    const last = names.at(-1) ?? client;
    const existing = parent.children.get(last);
    // Something below the client is there already: the client itself becomes a leaf beside it.
    const leaf =
      existing === undefined ? this.#attach(last, 'inactive', parent) : this.#attach(ownLeaf, 'inactive', existing);
    leaf.item = item;
    this.#clients.set(client, leaf);
  }

  /** Removes a client and what it was allocated. What is above it forgets that it was ever there. */
  remove(client: string): void {
    const leaf = this.#leaf(client);
    this.#clients.delete(client);
    for (let node = leaf.parent; node !== undefined; node = node.parent) {
      this.#reposition(node, () => {
        for (const [name, milli] of leaf.allocated.entries()) node.allocated.addMilli(name, -milli);
        node.allocations -= leaf.allocations;
      });
    }
    let node: Node<Item> = leaf;
    while (node.parent !== undefined && node.children.size === 0) {
      const { parent } = node;
      this.#detach(node);
      node = parent;
    }
    this.#collapse(node);
  }

  /** Lists the client from now on. */
  activate(client: string): void {
    const leaf = this.#leaf(client);
    if (leaf.kind === 'active') return;
    leaf.kind = 'active';
    leaf.share = this.#shareOf(leaf);
    this.#list(leaf);
  }

  /** Keeps the client's allocation but lists it no more. */
  deactivate(client: string): void {
    const leaf = this.#leaf(client);
    if (leaf.kind !== 'active') return;
    this.#unlist(leaf);
    leaf.kind = 'inactive';
  }

  /** Sets the weight of a client or of a level above clients; it need not be there yet. */
  setWeight(path: string, weight: number): void {
    this.#weights.set(path, weight);
    let node: Node<Item> | undefined = this.#root;
    for (const name of path.split('/')) node = node?.children.get(name);
    if (node === undefined) return;
    const changed = node;
    this.#reposition(changed, () => {
      changed.weight = weight;
    });
  }

  /** Puts a client at the top, or the level above clients there, in a lane; it need not be there yet. */
  setLane(name: string, lane: Lane): void {
    if (lane === 'open') this.#lanes.delete(name);
    else this.#lanes.set(name, lane);
    const node = this.#root.children.get(name);
    if (node === undefined || node.lane === lane) return;
    this.#reposition(node, () => {
      node.lane = lane;
    });
  }

  /** Counts more to what the client has. */
  allocated(client: string, quantities: ResourceQuantities): void {
    for (let node: Node<Item> | undefined = this.#leaf(client); node !== undefined; node = node.parent) {
      const changed = node;
      this.#reposition(changed, () => {
        changed.allocated.add(quantities);
        changed.allocations++;
      });
    }
  }

  /** Counts less to what the client has. */
  unallocated(client: string, quantities: ResourceQuantities): void {
    for (let node: Node<Item> | undefined = this.#leaf(client); node !== undefined; node = node.parent) {
      const changed = node;
      this.#reposition(changed, () => {
        changed.allocated.subtract(quantities);
      });
    }
  }

  /** The client's dominant share, divided by its weight. */
  share(client: string): number {
    return this.#shareOf(this.#leaf(client));
  }

  /** How much of a resource all clients have together, in thousandths. */
  given(name: string): number {
    return this.#root.allocated.milli(name);
  }

  /** How much of a resource a path has, all below it included, in thousandths. */
  givenTo(path: string, name: string): number {
    let node: Node<Item> | undefined = this.#root;
    for (const part of path.split('/')) node = node?.children.get(part);
    return node?.allocated.milli(name) ?? 0;
  }

  /** What stands for the active clients of some lanes, lowest share first. The sorter must not be changed while this is being read. */
  *order(lanes: readonly Lane[] = allLanes): IterableIterator<Item> {
    if (this.#version !== this.#options.cluster.version) {
      this.#version = this.#options.cluster.version;
      this.#sort(this.#root.listed);
      this.#sort(this.#aside.wanting);
      this.#sort(this.#aside.shut);
    }
    const lists = lanes.map((lane) => this.#lane(lane)).filter((list) => list.length > 0);
    const [first, ...others] = lists;
    if (first !== undefined) yield* this.#walk(others.length === 0 ? first : merged(lists));
  }

  #lane(lane: Lane): Node<Item>[] {
    return lane === 'open' ? this.#root.listed : this.#aside[lane];
  }

  *#walk(nodes: Iterable<Node<Item>>): IterableIterator<Item> {
    for (const node of nodes) {
      if (node.kind !== 'active') yield* this.#walk(node.listed);
      else if (node.item !== undefined) yield node.item;
    }
  }

  #sort(nodes: Node<Item>[]): void {
    for (const node of nodes) {
      node.share = this.#shareOf(node);
      if (node.kind === 'internal') this.#sort(node.listed);
    }
    nodes.sort(compare);
  }

  #leaf(client: string): Node<Item> {
    const leaf = this.#clients.get(client);
    if (leaf === undefined) throw new MasterError('ALLOCATOR_INVARIANT', `There is no client '${client}'`);
    return leaf;
  }

  #descend(parent: Node<Item>, name: string): Node<Item> {
    const node = parent.children.get(name);
    if (node === undefined) return this.#attach(name, 'internal', parent);
    if (node.kind === 'internal') return node;
    // A client turns out to be an ancestor of another: its own share moves to a leaf beside that other.
    const { kind } = node;
    if (kind === 'inactive') {
      node.share = this.#shareOf(node);
      this.#list(node);
    }
    node.kind = 'internal';
    const leaf = this.#attach(ownLeaf, 'inactive', node);
    for (const [resource, milli] of node.allocated.entries()) leaf.allocated.addMilli(resource, milli);
    leaf.allocations = node.allocations;
    leaf.item = node.item;
    node.item = undefined;
    this.#clients.set(node.path, leaf);
    if (kind === 'active') this.activate(node.path);
    return node;
  }

  /** Undoes `#descend` when nothing but the client's own leaf is left below a node. */
  #collapse(node: Node<Item>): void {
    const leaf = node.children.get(ownLeaf);
    if (leaf === undefined || node.children.size !== 1) return;
    const { kind } = leaf;
    this.#detach(leaf);
    node.item = leaf.item;
    node.kind = 'active';
    if (kind === 'inactive') {
      this.#unlist(node);
      node.kind = 'inactive';
    }
    this.#clients.set(node.path, node);
  }

  #attach(name: string, kind: Node<Item>['kind'], parent: Node<Item>): Node<Item> {
    const node = new Node<Item>(name, kind, parent);
    if (parent === this.#root) node.lane = this.#lanes.get(name) ?? 'open';
    node.weight = (name === ownLeaf ? undefined : this.#weights.get(node.path)) ?? defaultWeight;
    parent.children.set(name, node);
    if (kind !== 'inactive') this.#list(node);
    return node;
  }

  #detach(node: Node<Item>): void {
    if (node.kind !== 'inactive') this.#unlist(node);
    node.parent?.children.delete(node.name);
  }

  /** Changes a node's key and puts the node where it now belongs among its siblings. */
  #reposition(node: Node<Item>, change: () => void): void {
    if (node.parent === undefined || node.kind === 'inactive') {
      change();
      return;
    }
    this.#unlist(node);
    change();
    node.share = this.#shareOf(node);
    this.#list(node);
  }

  #list(node: Node<Item>): void {
    const siblings = this.#siblings(node);
    siblings.splice(position(siblings, node), 0, node);
  }

  #unlist(node: Node<Item>): void {
    const siblings = this.#siblings(node);
    const index = position(siblings, node);
    // Keys change only between `#unlist` and `#list`, so that a listed node is always where its key says.
    if (siblings[index] !== node) throw new MasterError('ALLOCATOR_INVARIANT', `'${node.path}' is out of order`);
    siblings.splice(index, 1);
  }

  #siblings(node: Node<Item>): Node<Item>[] {
    return node.parent === this.#root ? this.#lane(node.lane) : (node.parent?.listed ?? []);
  }

  #shareOf(node: Node<Item>): number {
    let share = 0;
    for (const [name, milli] of node.allocated.entries()) {
      const total = this.#options.cluster.milli(name);
      if (total > 0 && this.#options.excluded?.has(name) !== true) share = Math.max(share, milli / total);
    }
    return share / node.weight;
  }
}

/** Sorted lists as one. */
function* merged<Item>(lists: readonly (readonly Node<Item>[])[]): IterableIterator<Node<Item>> {
  const next = lists.map(() => 0);
  for (;;) {
    let least: Node<Item> | undefined;
    let from = 0;
    for (const [i, list] of lists.entries()) {
      const node = list[next[i] ?? 0];
      if (node === undefined || (least !== undefined && compare(least, node) <= 0)) continue;
      least = node;
      from = i;
    }
    if (least === undefined) return;
    next[from] = (next[from] ?? 0) + 1;
    yield least;
  }
}

function compare<Item>(left: Node<Item>, right: Node<Item>): number {
  if (left.share !== right.share) return left.share - right.share;
  if (left.allocations !== right.allocations) return left.allocations - right.allocations;
  if (left.path === right.path) return 0;
  return left.path < right.path ? -1 : 1;
}

/** The index of a node in its sorted siblings, or where it belongs. */
function position<Item>(siblings: readonly Node<Item>[], node: Node<Item>): number {
  let low = 0;
  let high = siblings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const sibling = siblings[middle];
    if (sibling !== undefined && compare(sibling, node) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
