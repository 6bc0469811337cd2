import test from 'ava';
import { Resources } from '@mesos-ts/protocol';
import { OfferBook, OfferLedger } from '../../src/state/offer-ledger.ts';
import { must } from '../must.ts';

function offer(offerId: string, role = '*') {
  return { offerId, frameworkId: 'F0', agentId: 'S0', role, resources: Resources.empty, offeredMs: 5 };
}

function idsOf(ledger: OfferLedger | undefined): string[] {
  return [...(ledger?.entries() ?? [])].map(({ offerId }) => offerId);
}

test('the ledgers of a framework and of its role tell what became of an offer, and when', (t) => {
  const book = new OfferBook();
  const framework = new OfferLedger();
  book.offered(framework, offer('O0'));
  book.offered(framework, offer('O1'));
  book.ended(framework, '*', 'O0', { type: 'DECLINED', refuseSeconds: 5 }, 9);
  for (const ledger of [framework, must(book.role('*'))]) {
    t.deepEqual(
      [...ledger.entries()].map(({ offerId, end, endedMs }) => [offerId, end?.type, endedMs]),
      [
        ['O0', 'DECLINED', 9],
        ['O1', undefined, undefined],
      ],
    );
    t.like(ledger.counts, { OFFERED: 2, DECLINED: 1 });
  }
});

test('a ledger forgets the oldest offers and goes on counting them', (t) => {
  const book = new OfferBook();
  const framework = new OfferLedger();
  for (let index = 0; index < OfferLedger.max + 10; index++) book.offered(framework, offer(`O${index}`));
  book.ended(framework, '*', 'O0', { type: 'ACCEPTED' }, 9);
  t.is(idsOf(framework).length, OfferLedger.max);
  t.is(idsOf(framework)[0], 'O10');
  t.like(framework.counts, { OFFERED: OfferLedger.max + 10, ACCEPTED: 1 });
  t.is(book.size, OfferLedger.max);
});

test('an offer that one ledger has forgotten is remembered by the other', (t) => {
  const book = new OfferBook();
  const [busy, quiet] = [new OfferLedger(), new OfferLedger()];
  book.offered(quiet, offer('Q'));
  for (let index = 0; index < OfferLedger.max; index++) book.offered(busy, offer(`O${index}`));
  t.false(must(book.role('*')).has('Q'));
  t.deepEqual(idsOf(quiet), ['Q']);
  t.is(book.size, OfferLedger.max + 1);
});

test('all offers together are bounded, however many frameworks and roles there are: the oldest are forgotten', (t) => {
  const book = new OfferBook({ offersMax: 100, rolesMax: 10 });
  const frameworks = Array.from({ length: 1000 }, () => new OfferLedger());
  for (const [index, framework] of frameworks.entries()) {
    book.offered(framework, offer(`A${index}`, `r${index % 50}`));
    book.offered(framework, offer(`B${index}`, `r${index % 50}`));
  }
  t.is(book.size, 100);
  t.is(frameworks.flatMap(idsOf).length, 100);
  t.deepEqual(idsOf(frameworks[999]), ['A999', 'B999']);
  t.deepEqual(idsOf(frameworks[0]), []);
  t.is(must(frameworks[0]).counts.OFFERED, 2);
  t.is(book.role('r0'), undefined);
  t.truthy(book.role('r49'));
});
