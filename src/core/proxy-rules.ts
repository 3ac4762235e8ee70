/** kube-proxy and a node's kernel without a cluster: what the kernel lists after one full sync. Used by `sim proxy-rules`. */
import type { NetfilterAnswer } from './contracts/netfilter.ts';
import type { Tool } from './contracts/os.ts';
import { restoreText } from './contracts/rule-blocks.ts';
import type { NetlinkAnswer, NetlinkRequest } from './contracts/socket.ts';
import type { Body } from './engine/types.ts';
import type { ProxyMode } from './node/kube-proxy/config.ts';
import { InputError, type ProxyRulesInput, readProxyRulesInput, runProxyRules } from './node/kube-proxy/proxy-rules.ts';
import type { HookEnvironment } from './node/os/hooks.ts';
import { netfilter } from './node/os/netfilter/netfilter.ts';
import { ipset, ipvsadm } from './node/tools/kernel-tables.ts';

export { InputError };

export interface ProxyRules {
  text: string;
  /** What was ignored, as kube-proxy logs it. */
  log: string[];
}

/** 2026-11-20T12:00:00Z: the date in the comment lines of iptables-save. */
const epochMs = 1_795_176_000_000;

/** `json`: the parsed input. Throws `InputError` with a sentence. `restore`: the text handed over; `save`: what the kernel lists. */
export function proxyRules(json: unknown, mode: ProxyMode | null, format: 'save' | 'restore'): ProxyRules {
  const input = readProxyRulesInput(json, mode);
  const kernel = new Kernel(input);
  const handed = runProxyRules(input, (request) => kernel.call(request));
  if (format === 'restore') return { text: [...handed.restore.map(({ text, blocks }) => restoreText(text, blocks)), ...handed.nft].join(''), log: handed.log };
  const parts: string[] = [];
  if (input.mode === 'nftables')
    for (const family of input.families) parts.push(kernel.text({ type: 'NftList', family: family === 'IPv4' ? 'ip' : 'ip6', table: 'kube-proxy' } as Body));
  else
    for (const family of input.families)
      for (const table of ['nat', 'filter', 'mangle']) parts.push(kernel.text({ type: 'IptablesSave', family, table } as Body));
  if (input.mode === 'ipvs') parts.push(kernel.tool(ipvsadm, ['ipvsadm', '-Ln']), kernel.tool(ipset, ['ipset', 'list']));
  return { text: parts.join(''), log: [...handed.log, ...kernel.errors] };
}

/** Netfilter, and as much of links and sysctls as kube-proxy asks for. */
class Kernel {
  readonly errors: string[] = [];
  private readonly state = netfilter.initial();
  private readonly addresses: string[];
  private readonly dummy: string[] = [];
  private hasDummy = false;

  constructor(input: ProxyRulesInput) {
    this.addresses = input.localAddresses.map((ip) => `${ip}/${ip.includes(':') ? 128 : 32}`);
  }

  call(request: Body): unknown {
    if (request.type === 'Netlink') return this.netlink(request as NetlinkRequest);
    if (request.type === 'Socket') return {};
    const environment = { ctx: { nowMs: 0, epochMs } } as unknown as HookEnvironment;
    const answer = netfilter.serve(this.state, request, environment) as NetfilterAnswer;
    if (answer?.error !== undefined && (request.type === 'IptablesRestore' || request.type === 'Nft')) this.errors.push(answer.error);
    return answer;
  }

  text(request: Body): string {
    return (this.call(request) as NetfilterAnswer).text ?? '';
  }

  tool(tool: Tool, argv: string[]): string {
    const call = <T>(_to: string, request: Body): T => this.call(request) as T;
    return tool(argv, { host: 'node', nowMs: 0, epochMs, stdin: '', netns: 'host', call }).stdout;
  }

  private netlink(request: NetlinkRequest): NetlinkAnswer {
    switch (request.op) {
      case 'dump': {
        const link = { index: 2, name: 'eth0', kind: 'physical', mac: '', mtu: 1500, up: true, addresses: this.addresses };
        return { links: this.hasDummy ? [link, { ...link, index: 3, name: 'kube-ipvs0', kind: 'dummy', up: false, addresses: [...this.dummy] }] : [link] };
      }
      case 'link.add':
        this.hasDummy = true;
        return {};
      case 'addr.add':
        this.dummy.push(request.cidr);
        return {};
      default:
        return {};
    }
  }
}
