import { expect, test } from 'vitest';
import type { VirtualServer } from '../../../contracts/netfilter.ts';
import { isLoopback } from '../address.ts';
import { nodeIPs, nodePortAddresses } from '../config.ts';
import { Driver, vectors } from '../testing/vectors.ts';
import { realOf } from './apply.ts';
import { type IpvsKernel, type IpvsOp, ipvsState, syncIpvs } from './proxier.ts';
import { serverKey } from './service-plan.ts';

const { found, missing } = vectors('kube-proxy-ipvs');
if (missing) test.skip(missing, () => {});

interface Expected {
  virtualServers: unknown[];
  kubeIpvs0Addresses: string[];
  ipsets: Record<string, { type: string; family: string; entries: string[] }>;
  restoreInput: string;
}

/** A kernel that does what it is told. */
class Kernel implements IpvsKernel {
  servers: IpvsKernel['servers'] = [];
  sets: IpvsKernel['sets'] = [];
  addresses: string[] = [];
  private readonly family: 'IPv4' | 'IPv6';
  constructor(family: 'IPv4' | 'IPv6') {
    this.family = family;
  }
  perform(op: IpvsOp): void {
    const server = (s: VirtualServer) => this.servers.find((x) => serverKey(x) === serverKey(s)) as IpvsKernel['servers'][number];
    const set = (name: string) => this.sets.find((x) => x.name === name) as IpvsKernel['sets'][number];
    switch (op.op) {
      case 'createSet':
        this.sets.push({ name: op.name, settype: op.settype, family: this.family, entries: [] });
        return;
      case 'addEntry':
        set(op.name).entries.push(op.entry);
        return;
      case 'delEntry':
        set(op.name).entries = set(op.name).entries.filter((e) => e !== op.entry);
        return;
      case 'addAddress':
        this.addresses.push(op.ip);
        return;
      case 'delAddress':
        this.addresses = this.addresses.filter((ip) => ip !== op.ip);
        return;
      case 'addService':
        this.servers.push({ ...op.server, real: [] });
        return;
      case 'editService':
        Object.assign(server(op.server), op.server);
        return;
      case 'deleteService':
        this.servers = this.servers.filter((s) => serverKey(s) !== serverKey(op.server));
        return;
      case 'addServer':
        server(op.server).real.push(realOf(op.real, 1));
        return;
      case 'retireServer': {
        const { ip, port } = realOf(op.real, 1);
        server(op.server).real = server(op.server).real.filter((r) => r.ip !== ip || r.port !== port);
        return;
      }
      case 'resetServer':
    }
  }
  expectation(): Omit<Expected, 'restoreInput'> {
    const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
    return {
      virtualServers: this.servers
        .map((s) => ({
          address: s.ip,
          flags: [...(s.persistentSeconds > 0 ? ['persistent'] : []), ...(s.flags ?? [])],
          port: s.port,
          protocol: s.protocol.toUpperCase(),
          realServers: s.real
            .map((r) => ({ address: r.ip, port: r.port, weight: r.weight }))
            .sort((a, b) => order(`${a.address}:${a.port}`, `${b.address}:${b.port}`)),
          scheduler: s.scheduler,
          timeout: s.persistentSeconds,
        }))
        .sort((a, b) => order(a.address, b.address) || a.port - b.port || order(a.protocol, b.protocol)),
      // As upstream lists them: without loopback ones.
      kubeIpvs0Addresses: this.addresses.filter((ip) => !isLoopback(ip)).sort(order),
      ipsets: Object.fromEntries(
        this.sets
          .filter((s) => s.entries.length > 0)
          .map((s) => [s.name, { type: s.settype, family: this.family === 'IPv4' ? 'inet' : 'inet6', entries: [...s.entries].sort(order) }]),
      ),
    };
  }
}

/** Complete syncs at every step, and only the changes after the first: both must come to the same. */
for (const way of ['complete', 'changes']) {
  for (const vector of found) {
    test(`${vector.file}, ${way}`, () => {
      const driver = new Driver(vector);
      const { config } = driver;
      const kernel = new Kernel(config.family);
      const state = ipvsState();
      const all = vector.config.nodeAddresses as string[];
      const matching = vector.config.nodePortMatchingIPs as string | undefined;
      const nodePort = matching ? matching.replace(/[[\]]/g, '').split(' ') : nodeIPs(nodePortAddresses(config), config.family, all);
      const node = { all, nodePort };
      // The proxier of upstream's own tests makes sets of IPv4, whatever its family.
      const named = (text: string): string => (vector.file.includes('-x-') ? text : text.replaceAll('KUBE-6-', 'KUBE-').replaceAll('inet6', 'inet'));
      for (const [i, step] of vector.steps.entries()) {
        const applied = driver.apply(step);
        const made = syncIpvs(state, driver.tracker, applied, config, {
          nodeLabels: (vector.config.topologyLabels as Record<string, string>) ?? {},
          complete: i === 0 || way === 'complete' ? { node, kernel } : null,
        });
        for (const op of made.ops) kernel.perform(op);
        const expected = step.expect as unknown as Expected;
        expect(named(made.restoreInput), `step ${i + 1}`).toBe(expected.restoreInput);
        const { virtualServers, kubeIpvs0Addresses, ipsets } = expected;
        const sorted = [...virtualServers].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
        const mine = kernel.expectation();
        expect(
          [...mine.virtualServers].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
          `step ${i + 1}`,
        ).toEqual(sorted);
        expect(mine.kubeIpvs0Addresses, `step ${i + 1}`).toEqual(kubeIpvs0Addresses ?? []);
        expect(JSON.parse(named(JSON.stringify(mine.ipsets))), `step ${i + 1}`).toEqual(ipsets ?? {});
      }
    });
  }
}
