import test from 'ava';
import { MasterError } from '../../src/errors.ts';
import { stateResponse } from '../../src/read-model/response.ts';

const options = {
  request: { headers: {} },
  contentType: 'application/json',
  owner: 'M',
  turn: () => Promise.resolve(),
};

test('while the state cannot be told the answer is 503, when to try again, and nothing of what has failed', async (t) => {
  const failed = new MasterError('MASTER_READ_MODEL', 'The state cannot be told: secret');
  const { body, headers, status } = await stateResponse(() => Promise.reject(failed), options);
  t.is(status, 503);
  t.is(headers?.['retry-after'], '1');
  t.is(body, 'The state cannot be told at present.');
});

test('other failures are nobody else’s business', async (t) => {
  await t.throwsAsync(
    stateResponse(() => Promise.reject(new TypeError('a defect')), options),
    { instanceOf: TypeError },
  );
});
