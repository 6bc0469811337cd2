import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '@mesos-ts/libprocess/testing';
import { startCluster } from './support/cluster.ts';

const library = `
export const org_example_Token = {
  kind: 'HttpAuthenticator',
  create: ({ token }, realm) => ({
    scheme: 'Token',
    authenticate: ({ headers }) =>
      headers.authorization === token
        ? { kind: 'authenticated', principal: { value: 'ann' } }
        : { kind: 'unauthorized', challenges: ['Token realm="' + realm + '"'] },
  }),
};
export const org_example_NoFlags = {
  kind: 'Authorizer',
  create: () => ({ approvers: () => ({ approves: (action) => action !== 'VIEW_FLAGS' }) }),
};
`;

test('an agent is guarded by modules that its flags name', async (t) => {
  await using temporary = await temporaryFolder();
  const { path: folder } = temporary;
  const file = join(folder, 'library.mjs');
  await writeFile(file, library);
  const token = { name: 'org_example_Token', parameters: [{ key: 'token', value: 'Token t' }] };
  const modules = { libraries: [{ file, modules: [token, { name: 'org_example_NoFlags' }] }] };
  await using cluster = await startCluster({
    flags: {
      modules,
      authenticate_http_readonly: true,
      authenticate_http_readwrite: true,
      http_authenticators: ['org_example_Token'],
      authorizer: 'org_example_NoFlags',
    },
  });
  const ask = async (url: string, authorization?: string): Promise<readonly [number, string | undefined]> => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const answer = await cluster.agent.runtime.inject({ url, headers });
    return [answer.status, answer.headers['www-authenticate']];
  };
  t.deepEqual(await ask('/state'), [401, 'Token realm="mesos-agent-readonly"']);
  t.deepEqual(await ask('/state', 'Token t'), [200, undefined]);
  t.deepEqual(await ask('/flags', 'Token t'), [403, undefined]);
});

test('an authorizer, an authenticator or a resolver of secrets that is not there hinders the start', async (t) => {
  await t.throwsAsync(startCluster({ flags: { authorizer: 'org_example_Nobody' } }), {
    message: "Authorizer 'org_example_Nobody' not found: Expecting local",
  });
  await t.throwsAsync(startCluster({ flags: { authenticate_http_readonly: true, http_authenticators: ['x'] } }), {
    message: "HTTP authenticator 'x' not found: Expecting basic, jwt, certificate",
  });
  await t.throwsAsync(startCluster({ flags: { secret_resolver: 'x' } }), {
    message: "Secret resolver 'x' not found among the modules: there is none",
  });
});
