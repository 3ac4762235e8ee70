/** kubectl port-forward. Models k8s.io/kubectl/pkg/cmd/portforward and k8s.io/client-go/tools/portforward, v1.36.2. */
import type { KubeObject, Pod } from '../../api/types.ts';
import { type ForwardedData, kubeletOf, type PortForward } from '../../contracts/kubelet.ts';
import { osOf } from '../../contracts/os.ts';
import type { Accepted, Received, SocketAnswer, SocketRequest } from '../../contracts/socket.ts';
import { civil } from '../../engine/time.ts';
import { fetch, resourceFor } from '../builder.ts';
import { checkErr, plainError, usageError } from '../errors.ts';
import type { PhaseCode } from '../phases.ts';
import type { Phase, Run } from '../run.ts';
import { hostOf, podFor } from './exec.ts';

interface Port {
  local: number;
  remote: number;
}

interface PortForwardPhase extends Phase {
  kind: 'portForward';
  namespace: string;
  pod: string;
  node: string;
  /** Host on which kubectl runs. */
  host: string;
  ports: Port[];
  /** By socket: index of its port. */
  open: Record<string, number>;
}

/** Connections at one time. */
const maxOpen = 200;
const maxPorts = 50;
const user = 'user';

export function portForward(run: Run): void {
  const [target, ...words] = run.args;
  if (target === undefined || words.length === 0) throw usageError('port-forward', 'TYPE/NAME and list of ports are required for port-forward');
  const pod = podFor(run, target);
  const wanted = words.slice(0, maxPorts).map((word) => ({ word, ...parsePort(run, word, target, pod) }));
  if (pod.status?.phase !== 'Running') throw plainError(`unable to forward port because pod is not running. Current status=${pod.status?.phase ?? ''}`);
  const node = hostOf(run, pod);
  const host = run.state.owner === user ? 'client' : (run.state.owner.split('/')[0] as string);
  const phase: PortForwardPhase = {
    kind: 'portForward',
    namespace: pod.metadata.namespace ?? '',
    pod: pod.metadata.name,
    node,
    host,
    ports: [],
    open: {},
    watches: [{ resource: 'pods', namespace: pod.metadata.namespace ?? '', fieldSelector: `metadata.name=${pod.metadata.name}` }],
  };
  const addresses = run.list('address');
  for (const port of wanted) listen(run, phase, port, addresses.length === 0 ? ['localhost'] : addresses);
  if (phase.ports.length === 0)
    throw plainError(`unable to listen on any of the requested ports: [${wanted.map((p) => `{${p.local} ${p.remote}}`).join(' ')}]`);
  run.state.phase = phase;
}

const maxPort = 65_535;

function parsePort(run: Run, word: string, target: string, pod: Pod): Port {
  const parts = word.split(':');
  if (parts.length > 2) throw plainError(`invalid port format '${word}'`);
  const asked = parts.at(-1) as string;
  const { remote, alone } = translated(run, asked, target, pod);
  if (remote === 0) throw plainError('remote port must be > 0');
  return { local: parts.length === 1 ? alone : number(parts[0] || '0', 'local'), remote };
}

function number(word: string, which: string): number {
  if (!/^\d{1,10}$/.test(word)) throw plainError(`error parsing ${which} port '${word}': strconv.ParseUint: parsing ${JSON.stringify(word)}: invalid syntax`);
  if (Number(word) > maxPort) throw plainError(`error parsing ${which} port '${word}': strconv.ParseUint: parsing ${JSON.stringify(word)}: value out of range`);
  return Number(word);
}

const isNumber = (word: string): boolean => /^\d+$/.test(word);

/** The port of the pod that is meant, and the local one where none is named: a Service keeps its own. */
function translated(run: Run, word: string, target: string, pod: Pod): { remote: number; alone: number } {
  const [type = '', name = ''] = target.includes('/') ? target.split('/') : ['pods', target];
  const resource = resourceFor(type);
  if (resource.id !== 'services') {
    const remote = isNumber(word) ? number(word, 'remote') : namedPort(pod, word);
    return { remote, alone: remote };
  }
  const got = fetch(run, resource, run.namespace, name);
  if (!('object' in got)) throw checkErr(got.failure);
  const { ports = [], clusterIP } = (got.object as KubeObject).spec as { ports?: ServicePort[]; clusterIP?: string };
  const port = ports.find((p) => (isNumber(word) ? p.port === Number(word) : p.name === word));
  if (!port)
    throw plainError(isNumber(word) ? `Service ${name} does not have a service port ${word}` : `Service '${name}' does not have a named port '${word}'`);
  const { port: alone, targetPort = alone } = port;
  if (clusterIP === 'None') return { remote: alone, alone };
  return { remote: typeof targetPort === 'number' ? targetPort || alone : namedPort(pod, targetPort), alone };
}

interface ServicePort {
  name?: string;
  port: number;
  targetPort?: number | string;
}

function namedPort(pod: Pod, name: string): number {
  for (const container of pod.spec.containers) for (const port of container.ports ?? []) if (port.name === name) return port.containerPort;
  throw plainError(`Pod '${pod.metadata.name}' does not have a named port '${name}'`);
}

const socket = (run: Run, host: string, request: SocketRequest): SocketAnswer => run.ctx.call<SocketAnswer>(osOf(host), request);

/** Simplified: of `localhost` 127.0.0.1 alone is listened on, though ::1 is named. */
function listen(run: Run, phase: PortForwardPhase, port: Port, addresses: string[]): void {
  const index = phase.ports.length;
  let taken = false;
  const failures: string[] = [];
  for (const address of addresses) {
    const ip = address === 'localhost' ? '127.0.0.1' : address;
    let local = port.local;
    if (local === 0) local = 32_768 + Math.floor(run.ctx.random() * 28_000);
    const listener = { netns: 'host', protocol: 'tcp', ip, port: local, owner: run.ctx.self, tag: `${index} ${run.state.key}` } as const;
    const { error } = socket(run, phase.host, { type: 'Socket', op: 'listen', ...listener });
    if (error !== undefined) {
      const reason = error === 'EADDRINUSE' ? 'address already in use' : error === 'EADDRNOTAVAIL' ? 'cannot assign requested address' : 'invalid argument';
      const tried = address === 'localhost' ? [`tcp4 127.0.0.1:${local}`, `tcp6 [::1]:${local}`] : [`${ip.includes(':') ? 'tcp6' : 'tcp4'} ${ip}:${local}`];
      failures.push(...tried.map((t) => `unable to create listener: Error listen ${t}: bind: ${reason}`));
      continue;
    }
    if (!taken) phase.ports.push({ local, remote: port.remote });
    taken = true;
    run.line(`Forwarding from ${ip}:${local} -> ${port.remote}`);
    if (address === 'localhost') run.line(`Forwarding from [::1]:${local} -> ${port.remote}`);
  }
  if (!taken) run.err(`Unable to listen on port ${port.local}: Listeners failed to create with the following errors: [${failures.join(' ')}]\n`);
}

function forward(run: Run, phase: PortForwardPhase, connection: string, data: string, closed: boolean): void {
  const { remote } = phase.ports[phase.open[connection] as number] as Port;
  const body: PortForward = {
    type: 'PortForward',
    id: `${connection} ${run.state.key}`,
    namespace: phase.namespace,
    pod: phase.pod,
    port: remote,
    data,
    closed,
  };
  run.ctx.send(kubeletOf(phase.node), body);
}

function release(run: Run, phase: PortForwardPhase): void {
  for (const [i] of phase.ports.entries()) socket(run, phase.host, { type: 'Socket', op: 'unlisten', netns: 'host', tag: `${i} ${run.state.key}` });
  for (const connection in phase.open) socket(run, phase.host, { type: 'Socket', op: 'close', netns: 'host', connection, reset: true });
  phase.open = {};
}

function lost(run: Run, phase: PortForwardPhase): void {
  release(run, phase);
  delete run.state.phase;
  run.fail(plainError('lost connection to pod'));
}

export const portForwardWait: PhaseCode = {
  event(run, phase, event) {
    if (event.event === 'DELETED' || ['Succeeded', 'Failed'].includes((event.object as Pod | undefined)?.status?.phase ?? ''))
      lost(run, phase as PortForwardPhase);
  },
  message(run, phase, body) {
    const p = phase as PortForwardPhase;
    if (body.type === 'Accepted') {
      const { connection, tag, data } = body as Accepted;
      const index = Number(tag.slice(0, tag.indexOf(' ')));
      if (!p.ports[index] || Object.keys(p.open).length >= maxOpen) {
        socket(run, p.host, { type: 'Socket', op: 'close', netns: 'host', connection, reset: true });
        return;
      }
      p.open[connection] = index;
      run.line(`Handling connection for ${(p.ports[index] as Port).local}`);
      forward(run, p, connection, data ?? '', false);
    } else if (body.type === 'Received') {
      const { connection, data, closed, reset } = body as Received;
      if (p.open[connection] !== undefined) forward(run, p, connection, data, closed || reset === true);
    } else if (body.type === 'ForwardedData') answered(run, p, body as ForwardedData);
  },
  stopped: (run, phase) => release(run, phase as PortForwardPhase),
};

function answered(run: Run, phase: PortForwardPhase, { id, data, closed, error }: ForwardedData): void {
  const connection = id.slice(0, id.indexOf(' '));
  const index = phase.open[connection];
  if (index === undefined) return;
  const { local, remote } = phase.ports[index] as Port;
  if (error !== undefined) {
    const c = civil(run.epochMs);
    const two = (n: number): string => String(n).padStart(2, '0');
    const at = `${two(c.month)}${two(c.day)} ${two(c.hour)}:${two(c.minute)}:${two(c.second)}.${String(c.ms).padStart(3, '0')}000`;
    const words = `an error occurred forwarding ${local} -> ${remote}: error forwarding port ${remote} to pod ${phase.pod}, uid : ${error}`;
    run.err(`E${at}   20011 portforward.go:424] "Unhandled Error" err=${JSON.stringify(words)}\n`);
    lost(run, phase);
    return;
  }
  socket(run, phase.host, { type: 'Socket', op: 'send', netns: 'host', connection, data, close: closed });
  if (!closed) return;
  delete phase.open[connection];
}
