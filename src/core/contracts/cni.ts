/** CNI 1.1.0 between runtime and plugin: `ctx.call('NODE/cni', request)`, the plugin's run time being the caller's to wait for. */
import type { Body } from '../engine/types.ts';
import { addressOf } from './addresses.ts';

export const cniOf = addressOf('cni');

export interface CniRequest extends Body {
  readonly type: 'Cni';
  readonly command: 'ADD' | 'DEL' | 'CHECK' | 'STATUS' | 'VERSION';
  readonly containerId: string;
  readonly netns: string;
  readonly ifname: string;
  readonly args: { K8S_POD_NAMESPACE: string; K8S_POD_NAME: string; K8S_POD_INFRA_CONTAINER_ID: string; K8S_POD_UID: string };
  readonly portMappings?: { hostPort: number; containerPort: number; protocol: string; hostIP?: string }[];
}
export interface CniResult {
  cniVersion: string;
  interfaces: { name: string; mac: string; mtu?: number; sandbox?: string }[];
  ips: { address: string; gateway: string; interface: number }[];
  routes: { dst: string; gw?: string }[];
}
export interface CniError {
  cniVersion: string;
  code: number;
  msg: string;
  details?: string;
}
export interface CniAnswer {
  result?: CniResult;
  error?: CniError /** how long the plugins took */;
  tookMs?: number;
}
