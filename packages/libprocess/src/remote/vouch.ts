import { control, decodeFrame, encodeFrame } from './frame.ts';
import { readHello } from './hello.ts';
import { errorText } from '../errors.ts';
import { nonceBytes } from '../trust/trust.ts';
import type { Hello } from './hello.ts';
import type { Random } from '../random/random.ts';
import type { Transport } from '../transport/transport.ts';
import type { Handshake, Trust } from '../trust/trust.ts';

/** What is needed to ask somebody about a nonce. */
interface VouchOptions {
  readonly transport: Transport;
  readonly trust: Trust;
  readonly random: Random;
  /** The address of whoever asks. */
  readonly asker: string;
  /** The address that is to be asked. */
  readonly address: string;
  /** The nonce that is asked about. */
  readonly subject: Uint8Array;
  /** Gives up. */
  readonly signal: AbortSignal;
}

// A greeting, and an answer that is shorter.
const frameBytesMax = 8_192;

/**
 * Connects to an address and asks whether a nonce that somebody has shown is of whoever is there. Answers why that cannot be believed,
 * or nothing.
 */
export async function vouchProblem(options: VouchOptions): Promise<string | undefined> {
  const { address, asker, random, signal, subject, transport, trust } = options;
  let connection: Awaited<ReturnType<Transport['connect']>>;
  try {
    connection = await transport.connect(address, signal);
  } catch (error) {
    return `it claims ${address}: ${errorText(error)}`;
  }
  const nonce = random.bytes(nonceBytes);
  return new Promise((resolve) => {
    const abort = (): void => {
      end('it took too long to ask');
    };
    const end = (problem?: string): void => {
      signal.removeEventListener('abort', abort);
      connection.close(problem === undefined ? 'thank you' : 'this is no answer');
      resolve(problem === undefined ? undefined : `it claims ${address}: ${problem}`);
    };
    let handshake: Handshake | undefined;
    const ask = (bytes: Uint8Array): void => {
      const hello = readHello(decodeFrame(bytes)[0]);
      if (hello.address !== address) {
        end(`there it calls itself ${hello.address}`);
        return;
      }
      handshake = vouchHandshake({ hello, asker, nonce, subject, channelBinding: connection.evidence?.channelBinding });
      connection.send(encodeFrame([[control.vouch, subject, asker, nonce]]));
    };
    const hear = (bytes: Uint8Array, asked: Handshake): void => {
      const entry = decodeFrame(bytes)[0];
      end(entry?.[0] === control.vouched ? trust.proofProblem('voucher', asked, entry[1]) : 'unexpected answer');
    };
    connection.open(
      {
        frame: (bytes) => {
          try {
            if (handshake === undefined) ask(bytes);
            else hear(bytes, handshake);
          } catch (error) {
            end(errorText(error));
          }
        },
        close: end,
      },
      { firstFrameBytesMax: frameBytesMax },
    );
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** What is proved by whoever says that a nonce is its own. */
export function vouchHandshake(question: {
  readonly hello: Pick<Hello, 'address' | 'incarnation' | 'nonce'>;
  readonly asker: string;
  readonly nonce: Uint8Array;
  readonly subject: Uint8Array;
  readonly channelBinding: Uint8Array | undefined;
}): Handshake {
  const { hello, asker, nonce, subject, channelBinding } = question;
  const { address, incarnation, nonce: own = new Uint8Array(0) } = hello;
  return {
    dialler: { address: asker, incarnation: '', nonce },
    acceptor: { address, incarnation, nonce: own },
    channelBinding,
    subject,
  };
}
