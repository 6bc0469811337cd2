import test from 'ava';
import { frameworkText, verdictText } from '../src/explanation-text.ts';
import { ledgersText } from '../src/ledger-text.ts';
import type { MasterFrameworkExplanation, MasterOfferHistory, MasterRoleExplanation } from '@mesos-ts/protocol';

function framework(
  role: Partial<MasterRoleExplanation>,
  more: Partial<MasterFrameworkExplanation> = {},
): MasterFrameworkExplanation {
  return { framework_id: { value: 'f' }, name: 'n', active: true, roles: [{ role: 'web', ...role }], ...more };
}

function offer(end: MasterOfferHistory['end'], age_seconds = 3): MasterOfferHistory {
  return { offer_id: { value: 'o' }, agent_id: { value: 'a' }, role: 'web', age_seconds, end };
}

const few = { offersMax: 2 };

function conclusion(text: string): string | undefined {
  return /^ {2}=> (.*)$/m.exec(text)?.[1];
}

test('explain concludes, in a sentence, what a framework waits for', (t) => {
  for (const [told, expected] of [
    [framework({ suppressed: true, fits: 3 }), /^The framework wants no offers here \(SUPPRESS\)/],
    [framework({}), /^There are no agents\.$/],
    [framework({ fits: 2 }), /^Nothing stands in the way on 2 agents: the framework is offered them at its turn\.$/],
    [framework({ busy: 2 }), /^Nothing is free: all is in use, or offered to others\.$/],
    [framework({ busy: 2, hindered: 1 }), /^Something stands in the way on each agent that has anything free\.$/],
    [
      framework(
        { hindered: 2 },
        { offers: [offer('DECLINED'), offer('DECLINED'), offer('ACCEPTED'), offer('DECLINED')] },
      ),
      /^The framework was offered resources, and has declined the newest 2 offers: /,
    ],
    [
      framework({ fits: 1 }, { offers: [offer('ACCEPTED'), offer('DECLINED')] }),
      /^Nothing stands in the way on 1 agents/,
    ],
    [
      framework({ hindered: 1 }, { offers: [offer(undefined, 5), offer(undefined, 4_000), offer('DECLINED', 9_000)] }),
      /^The framework has not answered 2 offers yet, the oldest of 1h 6m ago\.$/,
    ],
    [framework({ fits: 1 }, { offers: [{ ...offer('DECLINED'), role: 'other' }] }), /^Nothing stands in the way/],
  ] as const) {
    t.regex(conclusion(frameworkText(told, few)) ?? '', expected);
  }
  const gone = frameworkText(framework({ fits: 1 }, { active: false }), few);
  t.true(gone.startsWith("Framework f 'n' is not active: it is offered nothing\n"));
  t.is(conclusion(gone), undefined);
});

test('explain with resources concludes for each framework of a role by itself, and for one that would come', (t) => {
  const text = verdictText(
    {
      now: true,
      ever: true,
      role: { role: 'web', fits: 2 },
      frameworks: [framework({ hindered: 2 }), framework({ suppressed: true, fits: 2 }), framework({ too_small: 2 })],
    },
    { ...few, wanted: 'cpus:1' },
  );
  t.deepEqual(text.match(/^(?:cpus:1| {2}=>).*$/gm), [
    'cpus:1 fits now, for a framework that newly comes to role web.',
    '  => cpus:1 fits now, on 2 agents.',
    '  => cpus:1 does not fit now, but will once enough is free and nothing else stands in the way.',
    '  => The framework wants no offers here (SUPPRESS), until it asks for them (REVIVE).',
    '  => cpus:1 will never fit on the agents that there are.',
  ]);
  const barred: MasterRoleExplanation = {
    role: 'web',
    hindered: 1,
    agents: [{ agent_id: { value: 'a' }, fit: 'HINDERED', hindrances: [{ type: 'AGENT_EXCLUDED' }] }],
  };
  const never = verdictText({ now: false, ever: false, frameworks: [framework(barred)] }, { ...few, wanted: 'cpus:1' });
  t.regex(conclusion(never) ?? '', /^cpus:1 will never fit .* something stands in the way that does not pass\.$/);
});

test('explain says how many agents and offers it does not tell of', (t) => {
  const offers = Array.from({ length: 100 }, () => offer('DECLINED'));
  const told = frameworkText(framework({ hindered: 1 }, { offers }), few);
  t.is(told.match(/^ {2}o +a +web /gm)?.length, 2);
  t.regex(told, /^ {2}and 98 older ones \(--offers tells of more\)$/m);
  const agents = [{ agent_id: { value: 'a' } }];
  t.regex(
    frameworkText(framework({ agents, busy: 40, fits: 2, agents_left_out: 41 }), few),
    /^ {2}and 41 agents more, which are no nearer \(--agents /m,
  );
  t.notRegex(frameworkText(framework({ agents, fits: 1 }), few), /agents more/);
});

test('what was held back is a table: why, how often, since when, whether it still is, and what was missing', (t) => {
  const held_back = [
    {
      type: 'BELOW_MINIMUM' as const,
      times: 12,
      first_seconds_ago: 4_000,
      last_seconds_ago: 1,
      still: true,
      agents: [
        { agent_id: { value: 'a' }, hostname: 'node7', seconds_ago: 1 },
        { agent_id: { value: 'b' }, seconds_ago: 9 },
      ],
      resources: [{ name: 'cpus', type: 'SCALAR' as const, scalar: { value: 0.5 } }],
      dimensions: [{ name: 'mem', free: 0, missing: 32 }],
    },
    { type: 'SUPPRESSED' as const, times: 1, first_seconds_ago: 90, last_seconds_ago: 90, still: false },
  ];
  const rows = [
    / {2}WHY +TIMES +SINCE +LAST +WHAT +LAST AGENTS\n/,
    / {2}less than an offer must hold +12 +1h 6m ago +still so +cpus:0\.5, mem: 32 more +node7, b\n/,
    / {2}the framework wanted no offers \(SUPPRESS\) +1 +1m 30s ago +1m 30s ago +- +-\n/,
  ];
  const ofRole = ledgersText({ role: { role: 'web', offers_made: 3, held_back } }, 2);
  t.regex(ofRole, /^All frameworks of role web: 3 offers made, 0 accepted, /m);
  for (const text of [frameworkText(framework({ held_back }), few), ofRole, ledgersText({ everybody: held_back }, 2)]) {
    for (const row of rows) t.regex(text, row);
  }
});

test('explain says what it leaves out: frameworks of a role, offers and reasons that are forgotten', (t) => {
  const role = { role: 'web', offers: [{ ...offer('DECLINED'), framework_id: { value: 'F' } }], offers_left_out: 7 };
  const text = ledgersText({ role, frameworks_left_out: 4, held_back_forgotten: 9 }, 2);
  t.regex(text, /^and 4 frameworks more in role web; ask for one by its id$/m);
  t.regex(text, /^ {2}OFFER .* FRAMEWORK\n {2}o .* F\n {2}and 7 that are forgotten, or may not be seen$/m);
  t.regex(text, /^The ledgers were full: 9 reasons /m);
  t.is(ledgersText({ frameworks_left_out: 0, held_back_forgotten: 0 }, 2), '');
});

test('a framework that has ended is said to have', (t) => {
  t.regex(frameworkText(framework({}, { active: false, completed: true }), few), /^Framework f 'n' has ended\n/);
});
