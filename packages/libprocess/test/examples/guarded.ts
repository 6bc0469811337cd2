import {
  BasicAuthenticator,
  CombinedAuthenticator,
  Process,
  Runtime,
  disabledEndpoints,
  principalText,
  textResponse,
} from '@mesos-ts/libprocess';
import { JwtAuthenticator, signJwt } from '@mesos-ts/libprocess/jwt';

class Vault extends Process {
  protected override initialize(): void {
    const options = { realm: 'vault' };
    this.route(
      '/look',
      // Undefined only where nobody is asked: a realm without an authenticator, or none.
      ({ principal }) => textResponse(200, `hello ${principal === undefined ? 'stranger' : principalText(principal)}`),
      options,
    );
    this.route('/open', () => textResponse(200, 'open'), options);
    this.route('/blow-up', () => textResponse(200, 'bang'));
  }
}

const secret = 'a secret of 32 bytes or more, best random ones';
await using runtime = new Runtime({
  http: {
    // Who they are: 401 for whoever cannot say.
    authenticators: { vault: new BasicAuthenticator('vault', { ann: 'sesame', ben: 'password' }) },
    // What they may do: 403 for whoever may not.
    authorization: { '/vault/open': (_request, principal) => principal?.value === 'ann' },
    // What nobody may, whoever they are: 403.
    firewall: [disabledEndpoints(['/vault/blow-up'])],
  },
});
runtime.spawn(new Vault('vault'));

async function show(path: string, authorization?: string): Promise<void> {
  // A request that is never on a socket. Those from the network are treated the same.
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const { status, body } = await runtime.inject({ url: path, headers });
  console.log(path, ...(status === 200 ? [body.toString()] : [status]));
}

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
await show('/vault/look');
await show('/vault/look', basic('ann', 'sesame'));
await show('/vault/open', basic('ben', 'password'));
await show('/vault/blow-up', basic('ann', 'sesame'));

// Programs rather have tokens. A realm may take both.
const tokens = new JwtAuthenticator('vault', { secret, clock: runtime.clock });
runtime.http.setAuthenticator('vault', new CombinedAuthenticator([tokens, new BasicAuthenticator('vault', {})]));
const token = await signJwt({ sub: 'robot', exp: 4_102_444_800 }, { secret });
await show('/vault/look', `Bearer ${token}`);
