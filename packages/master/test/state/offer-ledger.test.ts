import test from 'ava';
import { Resources } from '@mesos-ts/protocol';
import { OfferLedger } from '../../src/state/offer-ledger.ts';

function offer(offerId: string) {
  return { offerId, agentId: 'S0', role: '*', resources: Resources.empty, offeredMs: 5 };
}

test('the ledger tells what became of an offer, and when', (t) => {
  const ledger = new OfferLedger();
  ledger.offered(offer('O0'));
  ledger.offered(offer('O1'));
  ledger.ended('O0', { type: 'DECLINED', refuseSeconds: 5 }, 9);
  t.deepEqual(
    [...ledger.entries()].map(({ offerId, end, endedMs }) => [offerId, end?.type, endedMs]),
    [
      ['O0', 'DECLINED', 9],
      ['O1', undefined, undefined],
    ],
  );
});

test('the ledger forgets the oldest offers and goes on counting them', (t) => {
  const ledger = new OfferLedger();
  for (let index = 0; index < OfferLedger.max + 10; index++) ledger.offered(offer(`O${index}`));
  ledger.ended('O0', { type: 'ACCEPTED' }, 9);
  const entries = [...ledger.entries()];
  t.is(entries.length, OfferLedger.max);
  t.is(entries[0]?.offerId, 'O10');
  t.like(ledger.counts, { OFFERED: OfferLedger.max + 10, ACCEPTED: 1 });
});
