/** Whose sockets `ss` lists. */
import { kubeProxyPid, osOf, type SystemdAnswer, type ToolEnvironment, type UnitStatus } from '../../contracts/os.ts';
import { type ProcessInfo, workloadsOf } from '../../contracts/process.ts';
import type { SocketInfo } from '../../contracts/socket.ts';

const listening = (localIP: string, localPort: number, owner: string): SocketInfo => ({
  protocol: 'tcp',
  state: 'LISTEN',
  localIP,
  localPort,
  peerIP: '0.0.0.0',
  peerPort: 0,
  owner,
  tag: '',
});

/** Of daemons that open no socket in the model: sshd, and the streaming server of containerd. */
export function daemonSockets(env: ToolEnvironment, letters: ReadonlySet<string>, kinds: readonly string[]): SocketInfo[] {
  if (!(letters.has('l') || letters.has('a')) || (kinds.length > 0 && !kinds.includes('tcp'))) return [];
  const units = unitsOf(env);
  const sshd = [listening('0.0.0.0', 22, 'sshd')];
  return units.some((u) => u.unit === 'containerd.service' && u.mainPid > 0) ? [...sshd, listening('127.0.0.1', 35_661, `${env.host}/runtime`)] : sshd;
}

const unitsOf = (env: ToolEnvironment): UnitStatus[] => env.call<SystemdAnswer>(osOf(env.host), { type: 'Systemd', op: 'list' } as never).units ?? [];

/** ` users:(("kubelet",pid=709,fd=8))`, by the owner of a socket. */
export function processNames(env: ToolEnvironment): (s: SocketInfo) => string {
  const units = unitsOf(env);
  const pidOf = (unit: string): number => units.find((u) => u.unit === unit)?.mainPid ?? 0;
  const list = env.call<ProcessInfo[] | { processes?: ProcessInfo[] }>(workloadsOf(env.host), { type: 'ListProcesses' } as never);
  const programs = Array.isArray(list) ? list : (list?.processes ?? []);
  return ({ owner, tag, localPort }) => {
    const room = owner.slice(owner.indexOf('/') + 1);
    const daemon: Record<string, [string, number]> = {
      sshd: ['sshd', 540],
      kubelet: ['kubelet', pidOf('kubelet.service')],
      runtime: ['containerd', pidOf('containerd.service')],
      'kube-proxy': ['kube-proxy', kubeProxyPid],
      kubectl: ['kubectl', 20_011],
    };
    const pid = Number(/^p(\d+):/.exec(tag)?.[1] ?? 0);
    const program = programs.find((p) => p.pid === pid);
    const [name, number] = daemon[room] ?? [program?.argv[0]?.split(' ')[0]?.split('/').pop()?.replace(/:$/, '') ?? '', pid];
    return name === '' || number === 0 ? '' : `users:(("${name}",pid=${number},fd=${3 + (localPort % 13)}))`;
  };
}
