import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { ProcessError, trustFromEnvironment } from '../../src/index.ts';
import { attempt, startNode } from '../support/nodes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function refusal(env: Readonly<Record<string, string>>): string {
  try {
    trustFromEnvironment(env);
  } catch (error) {
    return error instanceof ProcessError ? `${error.code}: ${error.message}` : String(error);
  }
  return 'accepted';
}

test('without a variable there is no trust', (t) => {
  t.is(trustFromEnvironment({}).trust, undefined);
  t.is(
    trustFromEnvironment({ LIBPROCESS_TRUST_CERTIFICATES: 'false', LIBPROCESS_TRUST_SECRET_FILE: '' }).trust,
    undefined,
  );
});

test('each variable has its effect', async (t) => {
  const file = join(await temporaryFolder(t), 'secrets');
  await writeFile(file, '# both are accepted\n  the first of two secrets \n\nthe second of two secrets\n', {
    mode: 0o600,
  });
  const { trust, warnings } = trustFromEnvironment({ LIBPROCESS_TRUST_SECRET_FILE: file });
  t.deepEqual([trust?.secret, trust?.addresses, warnings], [true, 'dial-back', []]);
  const matching = trustFromEnvironment({
    LIBPROCESS_TRUST_SECRET_FILE: file,
    LIBPROCESS_REQUIRE_PEER_ADDRESS_IP_MATCH: '1',
  });
  t.deepEqual([matching.trust?.secret, matching.trust?.addresses], [true, 'source-ip']);
  t.is(trustFromEnvironment({ LIBPROCESS_TRUST_CERTIFICATES: 'true' }).trust?.provesAddress, true);
  await chmod(file, 0o644);
  t.regex(
    trustFromEnvironment({ LIBPROCESS_TRUST_SECRET_FILE: file }).warnings.join(),
    /can be read by others than its owner$/,
  );
});

test('what cannot be used is refused with the name of the variable or the file', async (t) => {
  const file = join(await temporaryFolder(t), 'secrets');
  await writeFile(file, '# nothing\n');
  t.regex(refusal({ LIBPROCESS_TRUST_SECRET_FILE: file }), /^TRUST_INVALID: .*there is no secret/);
  await writeFile(file, 'short\n');
  t.regex(refusal({ LIBPROCESS_TRUST_SECRET_FILE: file }), /^TRUST_INVALID: .*fewer than 16 bytes/);
  t.regex(
    refusal({ LIBPROCESS_TRUST_SECRET_FILE: '/nowhere' }),
    /^TRUST_INVALID: The secrets in '\/nowhere' cannot be read: ENOENT/,
  );
  await writeFile(file, 'x'.repeat(100_000));
  t.regex(refusal({ LIBPROCESS_TRUST_SECRET_FILE: file }), /more than 65536 bytes/);
  t.regex(
    refusal({ LIBPROCESS_TRUST_CERTIFICATES: 'yes' }),
    /^ENVIRONMENT_INVALID: LIBPROCESS_TRUST_CERTIFICATES must be/,
  );
});

test('a file that has changed counts from when it is read again; one that cannot be used changes nothing', async (t) => {
  const file = join(await temporaryFolder(t), 'secrets');
  const node = async (...lines: string[]): Promise<Awaited<ReturnType<typeof startNode>>> => {
    await writeFile(file, lines.join('\n'));
    const { trust } = trustFromEnvironment({ LIBPROCESS_TRUST_SECRET_FILE: file });
    if (trust === undefined) throw new Error('there is trust');
    return startNode(t, {}, { trust });
  };
  const [old, next] = ['the secret of yesterday', 'the secret of tomorrow'];
  const changing = await node(old);
  const [before, after] = [await node(old), await node(next)];
  t.is(await attempt(before, changing), 'delivered');
  t.is(await attempt(after, changing), 'it does not know the secret');
  await writeFile(file, 'short');
  await t.throwsAsync(changing.runtime.reloadCredentials(), { instanceOf: ProcessError });
  t.is(await attempt(await node(old), changing), 'delivered');
  await writeFile(file, [old, next].join('\n'));
  t.true(await changing.runtime.reloadCredentials());
  t.false(await changing.runtime.reloadCredentials());
  t.is(await attempt(after, changing), 'delivered');
  t.is(before.runtime.metrics.counter('libprocess/connections_ended').value, 0);
});
