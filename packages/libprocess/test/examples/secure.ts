import {
  PID,
  Process,
  Runtime,
  WebSocketTransport,
  createTrust,
  transportOptionsFromEnvironment,
} from '@mesos-ts/libprocess';

class Safe extends Process {
  protected override initialize(): void {
    this.installAsk('open', (from) => (from.address === here.address ? 'opened' : 'who are you?'));
  }
}

/** A runtime as the environment says, LIBPROCESS_IP or LIBPROCESS_SSL_ENABLED for example, that trusts whoever knows the secret. */
function start(secret: string): Promise<Runtime> {
  const { options, warnings } = transportOptionsFromEnvironment(process.env);
  for (const warning of warnings) console.error(warning);
  const transport = new WebSocketTransport(options);
  return new Runtime({ transport, trust: createTrust({ secrets: [secret] }) }).start();
}

await using here = await start('the secret of this cluster');
await using there = await start('the secret of this cluster');
await using stranger = await start('another secret, made up');

const safe = PID.parse(`safe@${there.address}`);
there.spawn(new Safe('safe'));
console.log(await here.ask(safe, 'open'));
await stranger.ask(safe, 'open').catch((error: unknown) => {
  console.log(String(error).replace(/@\S+/, '@...'));
});
console.log('refused:', there.metrics.snapshot()['libprocess/handshakes_failed']);
console.log('TLS:', process.env['LIBPROCESS_SSL_ENABLED'] === 'true');
