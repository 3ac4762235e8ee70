/** `sysctl` of the host's kernel. */
import type { NetlinkAnswer } from '../../../contracts/socket.ts';
import type { OsState } from '../state.ts';

const maxSysctls = 4000;

/** A node as kubeadm prepares it: forwarding on, bridged packets seen by iptables. */
export function newSysctls(cpus: number, kernelVersion: string, host: string): Record<string, string> {
  return {
    'kernel.hostname': host,
    'kernel.osrelease': kernelVersion,
    'kernel.panic': '0',
    'kernel.panic_on_oops': '0',
    'kernel.pid_max': '4194304',
    'kernel.keys.root_maxkeys': '1000000',
    'kernel.keys.root_maxbytes': '25000000',
    'vm.overcommit_memory': '0',
    'vm.panic_on_oom': '0',
    'net.ipv4.ip_forward': '1',
    'net.ipv4.ip_local_port_range': '32768\t60999',
    'net.ipv4.ip_local_reserved_ports': '',
    'net.ipv6.conf.all.forwarding': '1',
    'net.ipv4.tcp_syn_retries': '6',
    'net.ipv4.conf.all.forwarding': '1',
    'net.ipv4.conf.all.route_localnet': '0',
    'net.ipv4.conf.all.rp_filter': '0',
    'net.ipv4.conf.all.arp_ignore': '0',
    'net.ipv4.conf.all.arp_announce': '0',
    'net.ipv4.vs.conntrack': '0',
    'net.ipv4.vs.conn_reuse_mode': '1',
    'net.ipv4.vs.expire_nodest_conn': '0',
    'net.ipv4.vs.expire_quiescent_template': '0',
    'net.bridge.bridge-nf-call-iptables': '1',
    'net.bridge.bridge-nf-call-ip6tables': '1',
    'net.netfilter.nf_conntrack_max': String(Math.min(1048576, Math.max(32768 * cpus, 131072))),
    'net.netfilter.nf_conntrack_tcp_timeout_established': '432000',
    'net.netfilter.nf_conntrack_tcp_timeout_close_wait': '60',
    'net.netfilter.nf_conntrack_tcp_timeout_time_wait': '120',
    'net.netfilter.nf_conntrack_udp_timeout': '30',
    'net.netfilter.nf_conntrack_udp_timeout_stream': '120',
    'net.netfilter.nf_conntrack_tcp_be_liberal': '0',
  };
}

/** Both `net.ipv4.ip_forward` and `net/ipv4/ip_forward` name one. */
const canonical = (name: string): string => (name.includes('/') ? name.replaceAll('/', '.') : name);

export function getSysctl(s: OsState, name: string): NetlinkAnswer {
  const key = canonical(name);
  const value = Object.hasOwn(s.sysctls, key) ? s.sysctls[key] : undefined;
  return value === undefined ? { error: `sysctl: cannot stat /proc/sys/${key.replaceAll('.', '/')}: No such file or directory` } : { value };
}

export function setSysctl(s: OsState, name: string, value: string): NetlinkAnswer {
  const key = canonical(name);
  if (!/^[a-z][a-zA-Z0-9_.@-]{1,127}$/.test(key) || typeof value !== 'string' || value.length > 1024)
    return { error: `sysctl: setting key "${key}": Invalid argument` };
  if (!Object.hasOwn(s.sysctls, key) && Object.keys(s.sysctls).length >= maxSysctls) return { error: `sysctl: setting key "${key}": No space left on device` };
  s.sysctls[key] = value;
  return {};
}
