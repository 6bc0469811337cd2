import { errorText } from '@mesos-ts/libprocess';
import { CliError } from '../errors.ts';

/** How long an answer may take, in milliseconds. */
const timeoutMs = 10_000;

/** Gets a URL; redirects to a leading master are followed. Throws `CLI_UNREACHABLE`, or `CLI_ANSWER_UNEXPECTED` for an error status. */
export async function get(url: URL): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    throw new CliError('CLI_UNREACHABLE', `Cannot reach ${url.origin}: ${reasonOf(error)}`, { cause: error });
  }
  if (response.ok) return response;
  const text = (await response.text()).trim();
  const code = response.status === 404 ? 'CLI_NOT_FOUND' : 'CLI_ANSWER_UNEXPECTED';
  throw new CliError(code, `${url.origin}${url.pathname} answered ${response.status}${text === '' ? '' : `: ${text}`}`);
}

/** Gets JSON. Throws as `get` does, and `CLI_ANSWER_UNEXPECTED` for anything else than JSON. */
export async function getJson(url: URL): Promise<unknown> {
  const response = await get(url);
  try {
    return await response.json();
  } catch (error) {
    throw new CliError('CLI_ANSWER_UNEXPECTED', `${url.origin}${url.pathname} did not answer with JSON`, {
      cause: error,
    });
  }
}

/** What `fetch` throws says little; its cause says why. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ECONNREFUSED') return 'connection refused';
  return errorText(cause) === '' ? code : errorText(cause);
}
