import { approversOf } from '@mesos-ts/daemon';
import { readText, textResponse } from '@mesos-ts/libprocess';
import { changeBytesMax, readwriteRealm } from '../constants.ts';
import { bad, type LaterAnswer, type OperatorAnswer } from '../decisions/operator/answer.ts';
import { startMaintenance, stopMaintenance, updateSchedule } from '../decisions/operator/maintenance.ts';
import { removeQuota, setQuota } from '../decisions/operator/quota.ts';
import {
  createVolumes,
  destroyVolumes,
  reserveResources,
  unreserveResources,
  type ResourcesChange,
} from '../decisions/operator/reservations.ts';
import { teardownFramework } from '../decisions/operator/teardown.ts';
import { updateWeights } from '../decisions/operator/weights.ts';
import { parseArray, parseForm, parseMessage, parseMessages, parseObject } from './body.ts';
import { byMethod, named } from './guards.ts';
import { onLeader } from './leader.ts';
import { help } from './v0-help.ts';
import type { Approvers } from '@mesos-ts/daemon';
import type { HttpHandler, HttpRequest, HttpResponse } from '@mesos-ts/libprocess';
import type { MachineID } from '@mesos-ts/protocol';
import type { Turn } from '../decisions/turn.ts';
import type { RoutesOptions } from './routes.ts';

/** Decides about a change, in the master's turn. */
type Change = (turn: Turn, approvers: Approvers) => LaterAnswer;

/** Understands the body of a request, or says what is wrong with it. */
type Reader = (body: string, request: HttpRequest) => Change | OperatorAnswer;

/** Installs the endpoints of version 0 that change something. */
export function installV0Changes(options: RoutesOptions): void {
  const { route } = options;
  const post = (
    path: keyof typeof help,
    reader: Reader,
    guard: (handler: HttpHandler) => HttpHandler = named,
  ): void => {
    const handler = guard(onLeader(options, byMethod({ POST: changing(options, reader) })));
    route(path, handler, { help: help[path], realm: readwriteRealm, bodyBytesMax: changeBytesMax });
  };
  post('/teardown', readTeardown);
  post('/reserve', resourcesReader('resources', reserveResources));
  post('/unreserve', resourcesReader('resources', unreserveResources));
  post('/create-volumes', resourcesReader('volumes', createVolumes));
  post('/destroy-volumes', resourcesReader('volumes', destroyVolumes));
  // As in Mesos, these ask nothing of the principal's form.
  post('/machine/down', machinesReader(startMaintenance), (handler) => handler);
  post('/machine/up', machinesReader(stopMaintenance), (handler) => handler);
}

/** Reads the whole body of a request, and then decides in the master's turn. */
export function changing(options: RoutesOptions, reader: Reader): HttpHandler {
  return async (request) => {
    const change = reader(await readText(request, changeBytesMax), request);
    if (typeof change !== 'function') return respond(change);
    const approvers = approversOf(options.authorizer, request.principal);
    return respond(await options.turn(() => options.decide((turn) => change(turn, approvers))));
  };
}

function respond({ status, text }: OperatorAnswer): HttpResponse {
  return text === undefined ? { status } : textResponse(status, text);
}

/** The body of `/weights` with PUT. */
export const readWeights: Reader = (body) => {
  const json = parseArray(body);
  if (json.error !== undefined) return bad(`Failed to parse update weights request JSON '${body}': ${json.error}`);
  const weights = parseMessages('mesos.v1.WeightInfo', json.value);
  if (weights.error !== undefined) {
    return bad(`Failed to convert weights JSON array to protobuf '${body}': ${weights.error}`);
  }
  return (turn, approvers) => updateWeights(turn, approvers, weights.value);
};

/** The body of `/quota` with POST. */
export const readQuota: Reader = (body) => {
  const json = parseObject(body);
  if (json.error !== undefined) return bad(`Failed to parse set quota request JSON '${body}': ${json.error}`);
  const quota = parseMessage('mesos.v1.quota.QuotaRequest', json.value);
  if (quota.error !== undefined) return bad(`Failed to validate set quota request JSON '${body}': ${quota.error}`);
  return (turn, approvers) => setQuota(turn, approvers, quota.value);
};

/** The path of `/quota` with DELETE, which ends with the role. */
export const readQuotaPath: Reader = (_body, { path }) => {
  const full = `/master${path}`;
  const role = path.split('/').slice(2).join('/');
  if (role === '') {
    return bad(`Failed to parse remove quota request for path '${full}': expected 3 tokens, found 2 tokens`);
  }
  return (turn, approvers) => removeQuota(turn, approvers, role, full);
};

/** The body of `/maintenance/schedule` with POST. */
export const readSchedule: Reader = (body) => {
  const json = parseObject(body);
  if (json.error !== undefined) return bad(json.error);
  const schedule = parseMessage('mesos.v1.maintenance.Schedule', json.value);
  if (schedule.error !== undefined) return bad(schedule.error);
  return (turn, approvers) => updateSchedule(turn, approvers, schedule.value);
};

const readTeardown: Reader = (body) => {
  const form = parseForm(body);
  if (form.error !== undefined) return bad(`Unable to decode query string: ${form.error}`);
  const id = form.value.get('frameworkId');
  if (id === undefined) return bad("Missing 'frameworkId' query parameter in the request body");
  return (turn, approvers) => teardownFramework(turn, approvers, id);
};

function machinesReader(
  change: (turn: Turn, approvers: Approvers, machines: readonly MachineID[]) => LaterAnswer,
): Reader {
  return (body) => {
    const json = parseArray(body);
    if (json.error !== undefined) return bad(json.error);
    const machines = parseMessages('mesos.v1.MachineID', json.value);
    if (machines.error !== undefined) return bad(machines.error);
    return (turn, approvers) => change(turn, approvers, machines.value);
  };
}

function resourcesReader(
  field: 'resources' | 'volumes',
  change: (turn: Turn, approvers: Approvers, change: ResourcesChange) => OperatorAnswer,
): Reader {
  return (body, { path, principal }) => {
    const form = parseForm(body);
    if (form.error !== undefined) return bad(`Unable to decode query string: ${form.error}`);
    const faulty = path === '/reserve' ? 'Error parsing' : 'Error in parsing';
    const agentId = form.value.get('slaveId');
    if (agentId === undefined) return bad("Missing 'slaveId' query parameter in the request body");
    const text = form.value.get(field);
    if (text === undefined) return bad(`Missing '${field}' query parameter in the request body`);
    const resources = parseResourceList(text);
    if (resources.error !== undefined) {
      return bad(`${faulty} '${field}' query parameter in the request body: ${resources.error}`);
    }
    // What reservations are to be made of; only /reserve knows it.
    const source = parseResourceList(path === '/reserve' ? (form.value.get('source') ?? '[]') : '[]');
    if (source.error !== undefined) {
      return bad(`${faulty} 'source' query parameter in the request body: ${source.error}`);
    }
    const { value } = resources;
    return (turn, approvers) => change(turn, approvers, { agentId, resources: value, principal: principal?.value });
  };
}

function parseResourceList(text: string): ReturnType<typeof parseMessages<'mesos.v1.Resource'>> {
  const json = parseArray(text);
  return json.error === undefined ? parseMessages('mesos.v1.Resource', json.value) : { error: json.error };
}
