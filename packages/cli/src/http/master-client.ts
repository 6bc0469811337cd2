import { JsonView } from './json.ts';
import type { HttpClient } from './http-client.ts';

/** An agent, as the master's `/slaves` tells. */
export interface AgentView {
  readonly id: string;
  readonly hostname: string;
  /** `ip:port`. */
  readonly address: string;
  readonly active: boolean;
  readonly total: ResourcesView;
  readonly used: ResourcesView;
  /** All that the master tells. */
  readonly raw: unknown;
}

/** Amounts of resources; memory and disk in megabytes. */
export interface ResourcesView {
  readonly cpus: number;
  readonly mem: number;
  readonly disk: number;
}

/** A task, as the master's `/tasks` tells. */
export interface TaskView {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly frameworkId: string;
  /** Empty for command tasks, whose executor has the task's id. */
  readonly executorId: string;
  readonly agentId: string;
  /** The container, if an update has told it. */
  readonly containerId: string | undefined;
  readonly resources: ResourcesView;
  /** All that the master tells. */
  readonly raw: unknown;
}

/** Reads the master's HTTP endpoints. */
export class MasterClient {
  readonly #http: HttpClient;
  readonly #address: string;

  /** @param address `host:port`. */
  constructor(http: HttpClient, address: string) {
    this.#http = http;
    this.#address = address;
  }

  /** Every registered agent. */
  async agents(): Promise<AgentView[]> {
    const answer = new JsonView(await this.#http.getJson(this.#http.url(this.#address, '/slaves')));
    return answer.list('slaves').map(agentView);
  }

  /** The newest tasks first, or those of one id. */
  async tasks(options: { limit: number; taskId?: string }): Promise<TaskView[]> {
    const url = this.#http.url(this.#address, '/tasks');
    url.searchParams.set('limit', String(options.limit));
    if (options.taskId !== undefined) url.searchParams.set('task_id', options.taskId);
    const answer = new JsonView(await this.#http.getJson(url));
    return answer.list('tasks').map(taskView);
  }
}

function agentView(json: JsonView): AgentView {
  const pid = json.text('pid');
  return {
    id: json.text('id'),
    hostname: json.text('hostname'),
    address: pid.slice(pid.lastIndexOf('@') + 1),
    active: json.flag('active'),
    total: resourcesView(json.at('resources')),
    used: resourcesView(json.at('used_resources')),
    raw: json.raw,
  };
}

function taskView(json: JsonView): TaskView {
  const containers = json.list('statuses').map((status) => {
    return status.at('container_status').at('container_id').text('value');
  });
  return {
    id: json.text('id'),
    name: json.text('name'),
    state: json.text('state'),
    frameworkId: json.text('framework_id'),
    executorId: json.text('executor_id'),
    agentId: json.text('slave_id'),
    containerId: containers.findLast((id) => id !== ''),
    resources: resourcesView(json.at('resources')),
    raw: json.raw,
  };
}

function resourcesView(json: JsonView): ResourcesView {
  return { cpus: json.number('cpus'), mem: json.number('mem'), disk: json.number('disk') };
}
