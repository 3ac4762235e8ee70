/** Resuming at any time equals the run without it: on the whole cluster, with everything that its rooms keep. */
import { expect, test } from 'vitest';
import { type Command, World } from '../core/index.ts';
import { applyCommand } from './commands.ts';

/** Splitmix-like: the scenario is a function of the seed and of nothing else. */
function randomOf(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) % n;
  };
}

const template = (name: string, container: object): object => ({
  metadata: { labels: { app: name } },
  spec: { terminationGracePeriodSeconds: 2, containers: [{ name: 'c', image: 'nginx:1.27', ...container }] },
});
const workload = (kind: string, name: string, container: object, spec: object = {}): object => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name },
  spec: { selector: { matchLabels: { app: name } }, template: template(name, container), ...spec },
});

type Pick = (n: number) => number;
const web = (pick: Pick): object[] => [
  workload(
    'Deployment',
    'web',
    {
      readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1 + pick(3) },
      livenessProbe: { httpGet: { path: pick(2) ? '/' : '/missing', port: 80 }, periodSeconds: 2 },
    },
    { replicas: 1 + pick(4) },
  ),
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { type: pick(2) ? 'NodePort' : 'ClusterIP', selector: { app: 'web' }, ports: [{ port: 80 }], ...(pick(2) ? { sessionAffinity: 'ClientIP' } : {}) },
  },
];
const crash = (pick: Pick): object[] => [
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'crash' },
    spec: { containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', `echo up; sleep ${1 + pick(3)}; exit ${pick(3)}`] }] },
  },
];
const job = (pick: Pick): object[] => [
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'job' },
    spec: {
      completions: 2 + pick(3),
      parallelism: 1 + pick(2),
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', `sleep 1; exit ${pick(2)}`] }] } },
    },
  },
];
const set = (pick: Pick): object[] => [
  workload('StatefulSet', 'db', { lifecycle: { preStop: { exec: { command: ['sleep', '1'] } } } }, { serviceName: 'db', replicas: 1 + pick(2) }),
];
const daemon = (): object[] => [workload('DaemonSet', 'agent', {})];

const kubectl = (line: string): Command => ({ type: 'kubectl', argv: line.split(' '), namespace: 'default', files: {} });
const shell = (command: string, host = 'worker-1'): Command => ({ type: 'shell', host, command });

/** Something to do: each is valid at any time. */
function commandOf(pick: Pick, n: number): Command {
  switch (pick(14)) {
    case 0:
      return kubectl(`scale deployment web --replicas=${pick(5)}`);
    case 1:
      return kubectl('rollout restart deployment web');
    case 2:
      return kubectl(`set image deployment web c=nginx:1.2${pick(8)}`);
    case 3:
      return kubectl('delete pod crash --wait=false');
    case 4:
      return kubectl('exec crash -- sh -c date');
    case 5:
      return shell('curl -s -m 2 http://10.96.0.1/; ipvsadm -Ln; iptables -t nat -A PREROUTING -p udp -j ACCEPT');
    case 6:
      return shell('while sleep 1; do wget -q -O- -T 1 web; done', 'client');
    case 7:
      return {
        type: 'inject',
        id: `f${n}`,
        fault: { kind: 'stopUnit', node: 'worker-1', unit: (['kubelet', 'containerd', 'kube-proxy'] as const)[pick(3)] as 'kubelet' },
      };
    case 8:
      return { type: 'inject', id: `f${n}`, fault: pick(2) ? { kind: 'cutApiServer', node: 'worker-1' } : { kind: 'registryUnreachable' } };
    case 9:
      return { type: 'endFault', id: `f${Math.max(0, n - 1)}` };
    case 10:
      return { type: 'setOption', option: 'proxyMode', value: (['iptables', 'ipvs', 'nftables'] as const)[pick(3)] as 'ipvs' };
    case 11:
      return kubectl(`drain worker-1 --ignore-daemonsets --force --timeout=${1 + pick(9)}s`);
    case 12:
      return kubectl(pick(2) ? 'get pods -w' : 'wait --for=condition=Ready pod --all --timeout=20s');
    default:
      return applyCommand([...crash(pick), ...job(pick), ...web(pick)].map((o) => JSON.stringify(o)).join('\n---\n'), 'default');
  }
}

const endMs = 45_000;

interface Scenario {
  options: ConstructorParameters<typeof World>[0];
  first: string;
  commands: { atMs: number; command: Command }[];
}
function scenarioOf(seed: number, pick: Pick): Scenario {
  const parts = [web, crash, job, set, daemon];
  const objects = parts.filter((_, i) => i === 0 || pick(2) === 0).flatMap((part) => part(pick));
  const commands = Array.from({ length: 2 + pick(5) }, (_, n) => ({ atMs: pick(endMs - 5000), command: commandOf(pick, n) }));
  return {
    options: { seed, workers: 1 + pick(2), proxyMode: (['iptables', 'ipvs', 'nftables'] as const)[pick(3)] as 'ipvs', dns: pick(2) === 0 },
    first: objects.map((o) => JSON.stringify(o)).join('\n---\n'),
    commands: commands.sort((a, b) => a.atMs - b.atMs),
  };
}

function open({ options, first, commands }: Scenario): World {
  const world = new World(options);
  world.schedule(0, applyCommand(first, 'default'));
  for (const { atMs, command } of commands) world.schedule(atMs, command);
  return world;
}

/** `SEED=7 npx vitest run world-history` plays that one again; `SEEDS=50` plays so many. */
const [first, count] = [Number(process.env.SEED ?? 1), Number(process.env.SEEDS ?? (process.env.SEED === undefined ? 3 : 1))];

test.each(Array.from({ length: count }, (_, i) => first + i))('seeking back and forth, forking, and running straight on end alike: SEED=%i', (seed) => {
  const pick = randomOf(seed);
  const scenario = scenarioOf(seed, pick);
  const sought = open(scenario);
  for (let i = 0; i < 5; i += 1) {
    sought.seek(pick(endMs));
    if (pick(3) > 0) continue;
    // A fork: what lay ahead is given up.
    const command = commandOf(pick, 90 + i);
    sought.command(command);
  }
  sought.seek(endMs);
  const log = sought.history.log.map(({ atMs, command }) => ({ atMs, command: command.command }));
  const fresh = new World(scenario.options, { rewinds: false });
  for (const { atMs, command } of log) fresh.schedule(atMs, command);
  fresh.advance(endMs);
  expect(sought.traceHash, `SEED=${seed}`).toBe(fresh.traceHash);
  // Piece by piece: what differs is then named.
  const same = JSON.stringify(sought.engine.state) === JSON.stringify(fresh.engine.state);
  if (!same) expect(sought.engine.state, `SEED=${seed}`).toEqual(fresh.engine.state);
  expect(sought.results, `SEED=${seed}`).toEqual(fresh.results);
});
