/** From the process's arguments to the configuration of one family's proxier. Models cmd/kube-proxy/app/server_linux.go, v1.36.2. */
import type { Family } from '../../contracts/netfilter.ts';
import { addressOf, networkOf } from './address.ts';
import { defaultProxierConfig, type LocalTrafficDetector, type ProxierConfig, type ProxyMode, settle } from './config.ts';
import type { KubeProxyArgs } from './state.ts';

export function proxierConfig(args: KubeProxyArgs, mode: ProxyMode, family: Family): ProxierConfig {
  const addresses = args.nodeIP.split(',').map((ip) => ip.trim());
  const nodeIP = addresses.map((ip) => addressOf(ip, family)).find((ip) => ip !== null) ?? '';
  const primary = addresses.filter((ip) => ip !== '').map((ip) => `${ip}/${ip.includes(':') ? 128 : 32}`);
  const given = args.nodePortAddresses ?? (mode === 'nftables' ? ['primary'] : []);
  return settle({
    ...defaultProxierConfig,
    family,
    nodeName: args.nodeName,
    nodeIP,
    masqueradeAll: args.masqueradeAll ?? false,
    detector: detectorOf(args, family),
    nodePortAddresses: given.length === 1 && given[0] === 'primary' ? primary : given,
    localhostNodePorts: args.localhostNodePorts ?? true,
    syncPeriodMs: args.syncPeriodMs ?? defaultProxierConfig.syncPeriodMs,
    scheduler: args.ipvsScheduler || 'rr',
    excludeCIDRs: args.ipvsExcludeCIDRs ?? [],
    serviceCIDRs: cidrs(args.serviceCIDR, family).join(','),
  });
}

function detectorOf(args: KubeProxyArgs, family: Family): LocalTrafficDetector {
  switch (args.detectLocalMode ?? 'ClusterCIDR') {
    case 'BridgeInterface':
      return args.detectLocalInterface ? { kind: 'bridgeInterface', interface: args.detectLocalInterface } : { kind: 'none' };
    case 'InterfaceNamePrefix':
      return args.detectLocalInterface ? { kind: 'interfaceNamePrefix', prefix: args.detectLocalInterface } : { kind: 'none' };
    default: {
      const [cidr] = cidrs(args.detectLocalMode === 'NodeCIDR' ? args.podCIDR : args.clusterCIDR, family);
      return cidr ? { kind: 'cidr', cidr } : { kind: 'none' };
    }
  }
}

const cidrs = (text: string | undefined, family: Family): string[] =>
  (text ?? '')
    .split(',')
    .map((cidr) => networkOf(cidr, family))
    .filter((cidr) => cidr !== null);

/** Of the mode, unless it was given. */
export const minSyncPeriodMs = (args: KubeProxyArgs, mode: ProxyMode): number => args.minSyncPeriodMs ?? (mode === 'ipvs' ? 0 : 1000);
