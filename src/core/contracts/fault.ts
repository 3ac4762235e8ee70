/** Faults that a person injects. `world.ts` turns each into messages or stops of rooms; every one is a command of the log and can be ended. */
import type { Body } from '../engine/types.ts';

export type Fault =
  /** systemd unit killed (SIGKILL) and kept down: `kubelet`, `containerd`, `kube-proxy`. */
  | { kind: 'stopUnit'; node: string; unit: 'kubelet' | 'containerd' | 'kube-proxy' }
  /** Packets between a node and the API server are dropped. */
  | { kind: 'cutApiServer'; node: string }
  /** SIGKILL to the first process of a container, or to the sandbox's pause. Over at once. */
  | { kind: 'killContainer'; namespace: string; pod: string; container: string }
  | { kind: 'killPause'; namespace: string; pod: string }
  /** The container's servers answer HTTP 503, and exec probes fail, until ended. */
  | { kind: 'failReadiness'; namespace: string; pod: string; container: string }
  /** The container's answers take `delayMs` longer, until ended. */
  | { kind: 'slowPod'; namespace: string; pod: string; delayMs: number }
  | { kind: 'registryUnreachable' }
  | { kind: 'fillDisk'; node: string };

/** To `HOST/workloads`: how a container misbehaves from now on; `null` ends it. */
export interface Misbehave extends Body {
  readonly type: 'Misbehave';
  readonly containerID: string;
  readonly fault: { fail?: boolean; delayMs?: number } | null;
}
/** To `registry`. */
export interface SetReachable extends Body {
  readonly type: 'SetReachable';
  readonly reachable: boolean;
}
/** To `NODE/runtime`: kill a sandbox's pause process with SIGKILL. */
export interface KillPause extends Body {
  readonly type: 'KillPause';
  readonly podUID: string;
}
