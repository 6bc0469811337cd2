import test from 'ava';
import { KnownMembers } from '../../src/group/known-members.ts';

const ann = { name: '0', content: 'ann' };
const ben = { name: '1', content: 'ben' };

function listened() {
  const members = new KnownMembers();
  const told: (readonly string[] | undefined)[] = [];
  const stop = members.changed(() => told.push(members.list?.map(({ content }) => content)));
  return { members, stop, told };
}

test('members are told when they are others, in another order, or have other contents, and not when they are the same', (t) => {
  const { members, told } = listened();
  t.is(members.list, undefined);
  members.show([ann, ben]);
  members.show([{ ...ann }, { ...ben }]);
  members.show([ben, ann]);
  members.show([{ ...ben, content: 'bob' }, ann]);
  members.show([ann]);
  t.deepEqual(told, [['ann', 'ben'], ['ben', 'ann'], ['bob', 'ann'], ['ann']]);
});

test('that nobody is in is told once, also when nothing was known before', (t) => {
  const { members, told } = listened();
  members.show([]);
  members.show([]);
  t.deepEqual(told, [[]]);
});

test('the end is told even if nobody was known; who has stopped listening hears nothing', (t) => {
  const { members, stop, told } = listened();
  members.show([]);
  members.end();
  t.deepEqual(told, [[], []]);
  stop();
  members.end();
  t.is(told.length, 2);
});
