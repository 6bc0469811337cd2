import test from 'ava';
import { ElectionProtocol, protocolSettings } from '../../src/built-in/protocol.ts';
import type { Peer, Vote } from '../../src/built-in/messages.ts';
import type { ProtocolEvent } from '../../src/built-in/protocol.ts';

const leaseMs = 1000;
const peers: readonly Peer[] = ['a', 'b', 'c'];

/** Three masters whose messages arrive at once and whose clocks are one. */
class Masters {
  nowMs = 10_000;
  readonly #disks = new Map<Peer, Vote>();
  readonly #protocols = new Map<Peer, ElectionProtocol<Peer>>();

  at(peer: Peer): ElectionProtocol<Peer> {
    const protocol = this.#protocols.get(peer);
    if (protocol === undefined) throw new RangeError(`${peer} is not there`);
    return protocol;
  }

  start(peer: Peer): void {
    const settings = protocolSettings(peer, peers, 2, leaseMs);
    this.#protocols.set(peer, new ElectionProtocol<Peer>(settings, this.#disks.get(peer), this.nowMs));
    this.step(peer, { type: 'contend', info: peer });
  }

  end(peer: Peer): void {
    this.#protocols.delete(peer);
  }

  lose(peer: Peer): void {
    this.#disks.delete(peer);
  }

  step(peer: Peer, event: ProtocolEvent<Peer>): void {
    const { messages, persist } = this.at(peer).step(event, { nowMs: this.nowMs, random: 0.5 });
    if (persist !== undefined) this.#disks.set(peer, persist);
    for (const { message, to } of messages) {
      if (this.#protocols.has(to)) this.step(to, { type: 'received', from: peer, message });
    }
  }

  /** Lets time pass, with a tick for everybody every 50 ms. */
  pass(ms: number): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs;) {
      this.nowMs += 50;
      for (const peer of this.#protocols.keys()) this.step(peer, { type: 'tick' });
    }
  }

  get leader(): Peer | undefined {
    return [...this.#protocols].find(([, { leaseUntilMs = 0 }]) => this.nowMs < leaseUntilMs)?.[0];
  }
}

/** One leads and the others know it. */
function begun(): { masters: Masters; leader: Peer; standbys: Peer[] } {
  const masters = new Masters();
  for (const peer of peers) masters.start(peer);
  masters.pass(4 * leaseMs);
  const { leader = '' } = masters;
  return { masters, leader, standbys: peers.filter((peer) => peer !== leader) };
}

test('standbys that are started again confirm at once the leader that they had promised not to leave', (t) => {
  const { leader, masters, standbys } = begun();
  const term = masters.at(leader).leadingTerm;
  for (let round = 0; round < 5; round++) {
    for (const peer of standbys) {
      masters.end(peer);
      masters.start(peer);
    }
    masters.pass(0.3 * leaseMs);
    t.is(masters.leader, leader);
  }
  masters.pass(5 * leaseMs);
  t.is(masters.leader, leader);
  t.is(masters.at(leader).leadingTerm, term);
});

test('standbys that are started again vote for nobody else until the promise that they may have given is over', (t) => {
  const { leader, masters, standbys } = begun();
  masters.end(leader);
  for (const peer of standbys) {
    masters.end(peer);
    masters.start(peer);
  }
  masters.pass(1.2 * leaseMs);
  t.is(masters.leader, undefined);
  masters.pass(2 * leaseMs);
  t.true(standbys.includes(masters.leader ?? ''));
});

test('a standby that has lost its disk confirms nobody until any promise would be over', (t) => {
  const { leader, masters, standbys } = begun();
  for (const peer of standbys) {
    masters.end(peer);
    masters.lose(peer);
    masters.start(peer);
  }
  masters.pass(1.1 * leaseMs);
  t.not(masters.leader, leader);
});

test('a leader that is started again votes at once: what it had promised was to itself', (t) => {
  const { leader, masters, standbys } = begun();
  const [one = '', other = ''] = standbys;
  masters.end(leader);
  masters.end(other);
  // The promise of the one that stays ends, and a moment before that the former leader comes back.
  masters.pass(1.1 * leaseMs);
  masters.start(leader);
  masters.pass(0.9 * leaseMs);
  t.true([one, leader].includes(masters.leader ?? ''));
});
