import { OperatorClient, OperatorError } from '@mesos-ts/operator';

// A framework's id, and the masters: https://master-1:5050 https://master-2:5050
const [value = '', ...urls] = process.argv.slice(2);
const credentials = { principal: 'ann', secret: process.env['MESOS_SECRET'] ?? '' };
const client = new OperatorClient({ urls, credentials });
try {
  await client.call({ type: 'TEARDOWN', teardown: { framework_id: { value } } });
} catch (error) {
  if (error instanceof OperatorError && error.code === 'OPERATOR_FORBIDDEN') console.log('Ann may not do that');
  else throw error;
}
