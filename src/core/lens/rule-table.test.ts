import { beforeAll, describe, expect, test } from 'vitest';
import { readWithTool } from '../tools.ts';
import type { World } from '../world.ts';
import { askLens } from './lens.ts';
import type { ChainList, Found, ProxyMode, RuleRows } from './questions.ts';
import { cluster } from './testing/cluster.ts';

let world: World;
beforeAll(() => {
  world = cluster();
}, 120_000);
const node = 'worker-1';
const chains = (mode: ProxyMode, services = 0): ChainList => askLens(world, { ask: 'chains', mode, services, node });
const rows = (mode: ProxyMode, table: string, chain: string, from = 0, count = 50, services = 0): RuleRows =>
  askLens(world, { ask: 'rows', mode, services, node, table, chain, from, count });
const find = (table: string, chain: string, text: string, after = 0, services = 0): Found =>
  askLens(world, { ask: 'find', mode: 'iptables', services, node, table, chain, text, after });

describe('the rules of a node, a page at a time', () => {
  test('are those that its tool lists, with their counters', () => {
    const listed = readWithTool(world, node, 'iptables-save -t nat').stdout.split('\n');
    const { rows: got, total } = rows('iptables', 'nat', 'KUBE-SERVICES');
    expect(got.map((r) => r.text)).toEqual(listed.filter((line) => line.startsWith('-A KUBE-SERVICES ')));
    expect(total).toBe(got.length);
    expect(got.find((r) => r.text.includes('10.96.0.50'))).toMatchObject({ calls: 'KUBE-SVC-CDGGSHYLG3RE2FKL', origin: 'default/web:http' });
    expect(got.at(-1)?.calls).toBe('KUBE-NODEPORTS');
  });

  test('in nftables mode chains and maps, in IPVS mode servers and sets', () => {
    const nft = chains('nftables').tables.find((t) => t.name === 'ip kube-proxy');
    expect(nft?.chains.map((c) => c.name)).toContain('@service-ips');
    const element = rows('nftables', 'ip kube-proxy', '@service-ips').rows.find((r) => r.text.startsWith('10.96.0.50 '));
    expect(element).toMatchObject({ origin: 'default/web:http' });
    expect(rows('nftables', 'ip kube-proxy', element?.calls ?? '').rows[0]?.text).toContain('numgen random mod 3');
    const servers = rows('ipvs', 'ipvs', 'virtual servers').rows.map((r) => r.text);
    expect(servers).toContain('TCP  10.96.0.50:80 rr');
    expect(rows('ipvs', 'ipset', 'KUBE-CLUSTER-IP').rows.map((r) => r.text)).toContain('10.96.0.50,tcp:80');
  });

  test('thousands of Services: any page of them, and a search through all', () => {
    const services = 3000;
    const list = chains('iptables', services);
    const nat = list.tables.find((t) => t.name === 'nat');
    const chain = nat?.chains.find((c) => c.name === 'KUBE-SERVICES');
    expect(list.services).toBe(services);
    expect(chain?.rules).toBeGreaterThan(services);
    expect(nat?.chains.length).toBeLessThan(50);
    const page = rows('iptables', 'nat', 'KUBE-SERVICES', 2000, 30, services);
    expect(page.rows.map((r) => r.place)).toEqual(Array.from({ length: 30 }, (_, i) => 2001 + i));
    const found = find('nat', 'KUBE-SERVICES', 'app-02000', 0, services);
    expect(found).toMatchObject({ inChain: 1 });
    expect(rows('iptables', 'nat', 'KUBE-SERVICES', found.place - 1, 1, services).rows[0]).toMatchObject({ origin: 'shop/app-02000:http' });
  }, 120_000);

  test('what is not there is empty, and pages are bounded', () => {
    expect(rows('iptables', 'nope', 'KUBE-SERVICES')).toEqual({ total: 0, from: 0, rows: [] });
    expect(rows('iptables', 'nat', '__proto__')).toEqual({ total: 0, from: 0, rows: [] });
    expect(rows('iptables', 'nat', 'KUBE-SERVICES', -5, 1e9).rows.length).toBeLessThanOrEqual(400);
    expect(find('nat', 'PREROUTING', 'default/web:http')).toMatchObject({ place: 0, inChain: 0, elsewhere: expect.stringMatching(/^KUBE-/) });
    expect(() => askLens(world, { ask: 'rows', mode: 'iptables', services: 0, node: 'nobody', table: 'nat', chain: 'x', from: 0, count: 1 })).toThrow(
      'there is no node nobody',
    );
  });
});
