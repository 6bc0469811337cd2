import { listingResponse, type ListingAnswer, type ListingResponseOptions } from '@mesos-ts/daemon/listing';
import { textResponse, type HttpResponse } from '@mesos-ts/libprocess';
import { MasterError } from '../errors.ts';

/**
 * An answer of the read model as HTTP has it, or 503 while nobody can answer.
 * @param ask Asks for it.
 */
export async function stateResponse(
  ask: (gzip: boolean) => Promise<ListingAnswer>,
  options: ListingResponseOptions,
): Promise<HttpResponse> {
  try {
    return await listingResponse(ask, options);
  } catch (error) {
    if (!(error instanceof MasterError) || error.code !== 'MASTER_READ_MODEL') throw error;
    // What has failed is in the log.
    const { headers = {}, ...answer } = textResponse(503, 'The state cannot be told at present.');
    return { ...answer, headers: { ...headers, 'retry-after': '1' } };
  }
}
