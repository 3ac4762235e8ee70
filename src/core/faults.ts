/** Faults become messages, calls and cuts of the engine. Which run is kept in the state of the `faults` room, so that it is rewound with the rest. */
import type { CriContainer } from './contracts/cri.ts';
import { runtimeOf } from './contracts/cri.ts';
import type { Fault, KillPause, Misbehave, SetReachable } from './contracts/fault.ts';
import { osOf, type SystemdRequest } from './contracts/os.ts';
import { type Signal, workloadsOf } from './contracts/process.ts';
import { registry } from './contracts/registry.ts';
import type { Engine } from './engine/engine.ts';
import type { Body, Room } from './engine/types.ts';

export interface RunningFault {
  fault: Fault;
  sinceMs: number;
}
export interface FaultsState {
  running: Record<string, RunningFault>;
}

export const faults = 'faults';

/** Holds what runs; nobody sends to it. */
export const faultsRoom: Room<FaultsState> = { initial: () => ({ running: {} }), handle() {} };

export const runningFaults = (engine: Engine): FaultsState['running'] => (engine.state.rooms[faults] as FaultsState).running;

/** Faults that are over at once: nothing is left to end. */
const instant: ReadonlySet<Fault['kind']> = new Set(['killContainer', 'killPause']);

export function beginFault(engine: Engine, id: string, fault: Fault): void {
  apply(engine, fault, true);
  engine.touched.add(faults);
  if (!instant.has(fault.kind)) runningFaults(engine)[`@${id}`] = { fault, sinceMs: engine.state.nowMs };
}

export function endFault(engine: Engine, id: string): void {
  const entry = runningFaults(engine)[`@${id}`];
  if (!entry) return;
  delete runningFaults(engine)[`@${id}`];
  engine.touched.add(faults);
  apply(engine, entry.fault, false);
}

const send = <B extends Body>(engine: Engine, to: string, body: B): void => {
  engine.send('', to, body, 0, 0);
};

function apply(engine: Engine, fault: Fault, begins: boolean): void {
  switch (fault.kind) {
    case 'stopUnit':
      // kube-proxy is no unit of the machine: it runs as a DaemonSet's process, which ends and is started by hand here.
      if (fault.unit === 'kube-proxy') {
        if (begins) engine.stop(`${fault.node}/kube-proxy`);
        else engine.start(`${fault.node}/kube-proxy`);
        return;
      }
      // Killed, and kept from being started again ten seconds later.
      for (const op of begins ? (['kill', 'stop'] as const) : (['start'] as const))
        engine.ask('', osOf(fault.node), { type: 'Systemd', op, unit: `${fault.unit}.service` } as SystemdRequest);
      return;
    case 'cutApiServer':
      engine.setCut(fault.node, 'apiserver', begins);
      engine.setCut('apiserver', fault.node, begins);
      return;
    case 'killContainer': {
      const found = container(engine, fault.namespace, fault.pod, fault.container);
      if (found) engine.ask('', workloadsOf(found.node), { type: 'Signal', containerID: found.id, pid: 0, signal: 'SIGKILL' } as Signal);
      return;
    }
    case 'killPause': {
      const found = container(engine, fault.namespace, fault.pod);
      if (found) send<KillPause>(engine, runtimeOf(found.node), { type: 'KillPause', podUID: found.podUID });
      return;
    }
    case 'failReadiness':
    case 'slowPod': {
      const one = fault.kind === 'failReadiness' ? fault.container : undefined;
      const what = fault.kind === 'failReadiness' ? { fail: true } : { delayMs: fault.delayMs };
      for (const found of containers(engine, fault.namespace, fault.pod, one))
        send<Misbehave>(engine, workloadsOf(found.node), { type: 'Misbehave', containerID: found.id, fault: begins ? what : null });
      return;
    }
    case 'registryUnreachable':
      send<SetReachable>(engine, registry, { type: 'SetReachable', reachable: !begins });
      return;
    case 'fillDisk':
      send(engine, osOf(fault.node), { type: 'FillDisk', full: begins } as Body);
  }
}

interface Found {
  node: string;
  id: string;
  podUID: string;
}

const container = (engine: Engine, namespace: string, pod: string, name?: string): Found | undefined => containers(engine, namespace, pod, name)[0];

/** Running containers of a pod, over all nodes. */
function containers(engine: Engine, namespace: string, pod: string, name?: string): Found[] {
  const out: Found[] = [];
  for (const address of Object.keys(engine.rooms)) {
    if (!address.endsWith('/runtime')) continue;
    const node = address.slice(0, -'/runtime'.length);
    const answer = engine.ask('', address, { type: 'Cri', id: '', request: { rpc: 'ListContainers' } } as Body) as {
      response?: { containers: readonly CriContainer[] };
    };
    for (const c of answer.response?.containers ?? []) {
      const { labels } = c;
      if (labels['io.kubernetes.pod.namespace'] !== namespace || labels['io.kubernetes.pod.name'] !== pod) continue;
      if (name !== undefined && labels['io.kubernetes.container.name'] !== name) continue;
      if (c.state === 'CONTAINER_RUNNING') out.push({ node, id: c.id, podUID: labels['io.kubernetes.pod.uid'] ?? '' });
    }
  }
  return out;
}
