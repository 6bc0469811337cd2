import test from 'ava';
import fc from 'fast-check';
import { Authenticatee, AuthenticationSession } from '../../src/authentication/index.ts';
import type { AuthenticationResponseMessage } from '../../src/index.ts';

const master = 'master@10.0.0.1:5050';
const agent = 'slave(1)@10.0.0.2:5051';
const secrets = new Map([
  ['ann', 'sesame'],
  ['ben', 'street'],
]);

interface Setting {
  readonly principal: string;
  readonly secret: string;
  /** Where the agent is as the master sees it, and the master as the agent sees it. */
  readonly seenAgent?: string;
  readonly seenMaster?: string;
}

function nonce(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte);
}

/** Goes through an attempt, and tells what each end makes of the other. */
function attempt(
  { principal, secret, seenAgent = agent, seenMaster = master }: Setting,
  change: (answer: AuthenticationResponseMessage) => AuthenticationResponseMessage = (answer) => answer,
): { readonly principal: string | undefined; readonly isMutual: boolean } {
  const authenticatee = new Authenticatee({ principal, secret }, agent, nonce(1));
  const session = new AuthenticationSession(secrets, master, seenAgent, authenticatee.begin(), nonce(2));
  const answer = authenticatee.challenged(seenMaster, session.challenge());
  if (answer === undefined) throw new Error('no answer');
  const verdict = session.answered(change(answer));
  return {
    principal: verdict.principal,
    isMutual: verdict.principal !== undefined && authenticatee.completed(seenMaster, verdict.message),
  };
}

test('who knows the secret is known, and knows that the master knows it, too', (t) => {
  t.deepEqual(attempt({ principal: 'ann', secret: 'sesame' }), { principal: 'ann', isMutual: true });
  t.deepEqual(attempt({ principal: 'ben', secret: 'street' }), { principal: 'ben', isMutual: true });
});

test('who does not know the secret, or is somebody else, is not known', (t) => {
  const nobody = { principal: undefined, isMutual: false };
  t.deepEqual(attempt({ principal: 'ann', secret: 'street' }), nobody);
  t.deepEqual(attempt({ principal: 'eve', secret: 'sesame' }), nobody);
  t.deepEqual(attempt({ principal: '', secret: '' }), nobody);
  t.deepEqual(
    attempt({ principal: 'ann', secret: 'sesame' }, (answer) => ({ ...answer, principal: 'ben' })),
    nobody,
  );
});

test('an answer that somebody in between passes on from elsewhere, or to elsewhere, is worth nothing', (t) => {
  t.is(attempt({ principal: 'ann', secret: 'sesame', seenAgent: 'slave(1)@10.0.0.66:5051' }).principal, undefined);
  t.is(attempt({ principal: 'ann', secret: 'sesame', seenMaster: 'master@10.0.0.66:5050' }).principal, undefined);
});

test('an answer counts for its own challenge alone, and no bit of it may be another', (t) => {
  const right = { principal: 'ann', secret: 'sesame' };
  fc.assert(
    fc.property(fc.nat({ max: 31 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = attempt(right, ({ principal, proof }) => ({
        principal,
        proof: proof.map((byte, index) => (index === at ? byte ^ flip : byte)),
      }));
      t.is(changed.principal, undefined);
    }),
  );
  const authenticatee = new Authenticatee(right, agent, nonce(1));
  const first = new AuthenticationSession(secrets, master, agent, authenticatee.begin(), nonce(2));
  const answer = authenticatee.challenged(master, first.challenge());
  if (answer === undefined) throw new Error('no answer');
  const second = new AuthenticationSession(secrets, master, agent, authenticatee.begin(), nonce(3));
  t.is(second.answered(answer).principal, undefined);
  t.is(authenticatee.challenged(master, second.challenge()), undefined);
  t.is(first.answered({ ...answer, proof: answer.proof.subarray(1) }).principal, undefined);
});

test('a master that does not know the secret, or sends the proof back, convinces nobody', (t) => {
  const authenticatee = new Authenticatee({ principal: 'ann', secret: 'sesame' }, agent, nonce(1));
  t.false(authenticatee.completed(master, { proof: nonce(0) }));
  const answer = authenticatee.challenged(master, {
    mechanism: authenticatee.begin().mechanisms?.[0] ?? '',
    nonce: nonce(2),
  });
  t.false(authenticatee.completed(master, { proof: answer?.proof ?? nonce(0) }));
  t.false(authenticatee.completed(master, { proof: nonce(0) }));
});

test('what makes no sense is not gone on with', (t) => {
  t.regex(AuthenticationSession.problem({ mechanisms: ['CRAM-MD5'], nonce: nonce(1) }) ?? '', /Expecting mechanism/);
  t.regex(AuthenticationSession.problem({ nonce: nonce(1) }) ?? '', /Expecting mechanism/);
  const authenticatee = new Authenticatee({ principal: 'ann', secret: 'sesame' }, agent, nonce(1));
  const { mechanisms } = authenticatee.begin();
  t.is(AuthenticationSession.problem({ mechanisms, nonce: nonce(1) }), undefined);
  t.regex(AuthenticationSession.problem({ mechanisms, nonce: new Uint8Array(31) }) ?? '', /nonce/);
  t.is(authenticatee.challenged(master, { mechanism: 'PLAIN', nonce: nonce(2) }), undefined);
});
