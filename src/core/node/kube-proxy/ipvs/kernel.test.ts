/** IPVS mode in the real kernel: kube-proxy's sync writes, the kernel lists, the vectors compare. */
import { expect, test } from 'vitest';
import type { IpsetAnswer, IpvsAnswer, IpvsRequest } from '../../../contracts/netfilter.ts';
import type { NetlinkAnswer, NetlinkRequest } from '../../../contracts/socket.ts';
import { share } from '../../../engine/share.ts';
import type { Body, Ctx } from '../../../engine/types.ts';
import { Hosts } from '../../os/testing/hosts.ts';
import { isLoopback } from '../address.ts';
import { newState, proxierOf } from '../kube-proxy.ts';
import { syncProxyRules } from '../sync.ts';
import { Driver, type Vector, vectors } from '../testing/vectors.ts';

const { found, missing } = vectors('kube-proxy-ipvs');
if (missing) test.skip(missing, () => {});

const host = 'worker-1';
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byText = (list: unknown[]): unknown[] => [...list].sort((a, b) => order(JSON.stringify(a), JSON.stringify(b)));

/** A machine that has the vector's addresses and no others. */
function machineOf(vector: Vector): Hosts {
  const h = new Hosts();
  const links = (h.netlink(host, { type: 'Netlink', op: 'dump' }) as NetlinkAnswer).links ?? [];
  for (const { name, addresses } of links)
    if (name !== 'lo') for (const cidr of addresses) h.netlink(host, { type: 'Netlink', op: 'addr.delete', dev: name, cidr });
  // Some of upstream's tests say which addresses accept NodePorts without a machine that has them.
  const matching = ((vector.config.nodePortMatchingIPs as string | undefined) ?? '').replace(/[[\]]/g, '').split(' ');
  for (const ip of new Set([...(vector.config.nodeAddresses as string[]), ...matching.filter((ip) => ip !== '')]))
    expect(h.netlink(host, { type: 'Netlink', op: 'addr.add', dev: 'eth0', cidr: ip } as NetlinkRequest)).toEqual({});
  return h;
}

function listed(h: Hosts, family: 'IPv4' | 'IPv6'): Record<string, unknown> {
  const { servers = [] } = h.ask<IpvsAnswer>(host, { type: 'Ipvs', op: 'list' } as IpvsRequest);
  const { sets = [] } = h.ask<IpsetAnswer>(host, { type: 'Ipset', op: 'list' } as Body);
  const { links = [] } = h.netlink(host, { type: 'Netlink', op: 'dump' }) as NetlinkAnswer;
  const dummy = links.find((link) => link.name === 'kube-ipvs0')?.addresses ?? [];
  return {
    virtualServers: byText(
      servers.map((s) => ({
        address: s.ip,
        flags: [...(s.persistentSeconds > 0 ? ['persistent'] : []), ...(s.flags ?? [])],
        port: s.port,
        protocol: s.protocol.toUpperCase(),
        realServers: s.real
          .map((r) => ({ address: r.ip, port: r.port, weight: r.weight }))
          .sort((a, b) => order(`${a.address}:${a.port}`, `${b.address}:${b.port}`)),
        scheduler: s.scheduler,
        timeout: s.persistentSeconds,
      })),
    ),
    kubeIpvs0Addresses: dummy
      .map((cidr) => cidr.slice(0, cidr.indexOf('/')))
      .filter((ip) => !isLoopback(ip))
      .sort(order),
    ipsets: Object.fromEntries(
      sets
        .filter((s) => s.entries.length > 0)
        .map((s) => [s.name, { type: s.settype, family: family === 'IPv4' ? 'inet' : 'inet6', entries: [...s.entries].sort(order) }]),
    ),
  };
}

for (const vector of found) {
  test(vector.file, () => {
    const driver = new Driver(vector);
    const h = machineOf(vector);
    const nodeName = driver.config.nodeName;
    const state = newState({ nodeName, nodeIP: driver.config.nodeIP, mode: 'ipvs', families: [driver.config.family] } as never, 'ipvs', 1);
    state.nodeLabels = share((vector.config.topologyLabels as Record<string, string>) ?? {});
    const p = proxierOf(state.args, 'ipvs', driver.config.family);
    state.families[driver.config.family] = p;
    p.config = driver.config;
    p.tracker = driver.tracker;
    const errors: string[] = [];
    const ctx: Ctx = {
      ...({ nowMs: 0, epochMs: 0, self: `${host}/kube-proxy`, host, random: () => 0, isUp: () => true, send: () => 0 } as unknown as Ctx),
      message: { seq: 0, atMs: 0, sentMs: 0, from: '', to: '', cause: 0, body: { type: 'Nothing' } },
      call: (_to, request) => {
        const answer = h.ask<{ error?: string }>(host, request);
        if (answer?.error !== undefined && request.type !== 'Iptables') errors.push(`${JSON.stringify(request).slice(0, 200)}: ${answer.error}`);
        return answer as never;
      },
      note: () => {},
    };
    for (const [i, step] of vector.steps.entries()) {
      driver.record(step);
      syncProxyRules(state, p, ctx);
      const named = (text: string): string => (vector.file.includes('-x-') ? text : text.replaceAll('KUBE-6-', 'KUBE-').replaceAll('inet6', 'inet'));
      const { virtualServers, kubeIpvs0Addresses, ipsets } = step.expect as Record<string, unknown>;
      const mine = listed(h, driver.config.family);
      expect(mine.virtualServers, `step ${i + 1} ${errors.join('\n')}`).toEqual(byText(virtualServers as unknown[]));
      expect(mine.kubeIpvs0Addresses, `step ${i + 1}`).toEqual(kubeIpvs0Addresses ?? []);
      expect(JSON.parse(named(JSON.stringify(mine.ipsets))), `step ${i + 1} ${errors.join('\n')}`).toEqual(ipsets ?? {});
    }
  });
}
