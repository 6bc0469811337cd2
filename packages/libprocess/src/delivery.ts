import { asksId, discardName, refusalName, unwritten } from './actor/ask.ts';
import { PID } from './actor/pid.ts';
import { errorText } from './errors.ts';
import { copyThroughWire, textLengthMax } from './remote/frame.ts';
import type { Cell } from './actor/cell.ts';
import type { ExitReason, MessageEvent } from './actor/event.ts';
import type { ExitListener } from './actor/links.ts';
import type { Losses } from './actor/losses.ts';
import type { Uplink } from './actor/uplink.ts';
import type { Peers } from './remote/peers.ts';

/** What `Delivery` needs from its runtime. */
interface DeliveryOptions {
  /** The address of the actors here. */
  readonly address: string;
  /** The actors here, by name. */
  readonly cells: ReadonlyMap<string, Cell>;
  readonly losses: Losses;
  readonly uplink: Uplink | undefined;
  /** Whether bodies are copied between actors here as if they were remote. */
  readonly copies: boolean;
}

/** Finds where messages and links go: to an actor here, up to the runtime that this one is a part of, or to a peer. */
export class Delivery {
  /** The address of the actors here. */
  address: string;
  /** The other runtimes, as long as they can be reached. */
  peers: Peers | undefined;
  readonly #cells: ReadonlyMap<string, Cell>;
  readonly #losses: Losses;
  readonly #uplink: Uplink | undefined;
  readonly #copies: boolean;

  constructor({ address, cells, losses, uplink, copies }: DeliveryOptions) {
    this.address = address;
    this.#cells = cells;
    this.#losses = losses;
    this.#uplink = uplink;
    this.#copies = copies;
  }

  /** The actor here that has the PID. */
  local(pid: PID): Cell | undefined {
    return pid.address === this.address ? this.#cells.get(pid.id) : undefined;
  }

  send(from: PID, to: PID, name: string, body: unknown): void {
    if (this.#uplink !== undefined && this.local(to) === undefined) {
      this.#uplink.post(to, { type: 'message', name, from, body });
    } else if (to.address === this.address) {
      if (this.#copies) this.#deliverCopy(to.id, from, name, body);
      else this.deliver(to.id, from, name, body);
    } else if (this.peers === undefined) {
      this.#losses.dead(to, name);
    } else if (to.id.length > textLengthMax || name.length > textLengthMax) {
      // The peer would refuse the whole frame and with it the connection.
      this.#losses.unsendable(to, name, 'its name is too long');
    } else if (!this.peers.send(to.address, [to.id, from.id, name, body])) {
      this.#losses.dead(to, name);
    }
  }

  /** Brings a message to an actor here. */
  deliver(to: string, from: PID, name: string, body: unknown): void {
    const cell = this.#cells.get(to);
    if (cell !== undefined) cell.enqueue({ type: 'message', name, from, body });
    else if (to === asksId && name === discardName) this.#cells.get(String(body))?.discarded(from.id);
    else this.#losses.dead(new PID(to, this.address), name);
  }

  /** Passes a message on, as from its sender. */
  forward(event: MessageEvent, to: PID): void {
    const cell = this.local(to);
    if (cell !== undefined) cell.enqueue(event);
    else if (this.#uplink !== undefined) this.#uplink.post(to, event);
    else this.#losses.dead(to, event.name);
  }

  link(linker: Cell, to: PID, reconnect: boolean): void {
    if (this.#uplink !== undefined && this.local(to) === undefined) {
      this.#uplink.link(linker, to, reconnect);
      return;
    }
    const notify = (reason: ExitReason): void => {
      linker.notifyExited(to, reason);
    };
    if (to.address === this.address) {
      if (!this.watchLocal(to.id, linker.self.toString(), notify)) notify({ type: 'gone' });
    } else if (this.peers?.link(to.address, to.id, { key: linkKey(linker, to), notify }, reconnect) !== true) {
      notify({ type: 'lost' });
    }
  }

  unlink(linker: Cell, to: PID): void {
    const cell = this.local(to);
    if (cell !== undefined) cell.removeLinker(linker.self.toString());
    else if (this.#uplink !== undefined) this.#uplink.unlink(linker, to);
    else this.peers?.unlink(to.address, to.id, linkKey(linker, to));
  }

  /** Has a cell told of an actor's end without its actor hearing of it; answers how to take that back. */
  watch(cell: Cell, pid: PID, ended: () => void): () => void {
    if (this.#uplink !== undefined && this.local(pid) === undefined) return this.#uplink.watch(pid, ended);
    const key = `signal of ${cell.self.id}`;
    const isHere = pid.address === this.address;
    const isWatched = isHere
      ? this.watchLocal(pid.id, key, ended)
      : this.peers?.link(pid.address, pid.id, { key, notify: ended }, false) === true;
    if (!isWatched) ended();
    return () => {
      if (isHere) this.unwatchLocal(pid.id, key);
      else this.peers?.unlink(pid.address, pid.id, key);
    };
  }

  /** Has somebody told of the end of an actor here; false when there is no such actor. */
  watchLocal(id: string, key: string, notify: ExitListener): boolean {
    const cell = this.#cells.get(id);
    cell?.addLinker(key, notify);
    return cell !== undefined;
  }

  unwatchLocal(id: string, key: string): void {
    this.#cells.get(id)?.removeLinker(key);
  }

  #deliverCopy(to: string, from: PID, name: string, body: unknown): void {
    let copy: unknown;
    try {
      copy = copyThroughWire(body);
    } catch (error) {
      const reason = errorText(error);
      this.#losses.unsendable(new PID(to, this.address), name, reason);
      const instead = unwritten({ to, from: from.id, name }, reason);
      if (instead?.goes === 'on') this.deliver(to, from, refusalName, instead.body);
      else if (instead !== undefined) this.deliver(from.id, new PID(to, this.address), refusalName, instead.body);
      return;
    }
    this.deliver(to, from, name, copy);
  }
}

function linkKey(linker: Cell, to: PID): string {
  return `${linker.self.id} ${to.address}`;
}
