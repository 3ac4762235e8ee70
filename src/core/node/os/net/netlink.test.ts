import { describe, expect, test } from 'vitest';
import type { NetlinkAnswer } from '../../../contracts/socket.ts';
import { Hosts } from '../testing/hosts.ts';
import { formatIPv4, parseIPv4, parsePrefix, within } from './address.ts';
import { lookupRoute, sourceFor } from './links.ts';

const dump = (h: Hosts, netns = 'host'): Required<NetlinkAnswer> => h.netlink('worker-1', { type: 'Netlink', op: 'dump', netns }) as Required<NetlinkAnswer>;

describe('links, addresses, routes', () => {
  test('a worker with its bridge has the routes that `ip route` printed on a real one', () => {
    const h = new Hosts();
    h.netlink('worker-1', { type: 'Netlink', op: 'route.delete', destination: '10.244.1.0/24' });
    expect(dump(h).routes).toEqual([
      { destination: 'default', via: '10.200.0.1', dev: 'eth0' },
      { destination: '10.200.0.0/24', dev: 'eth0', proto: 'kernel', scope: 'link', src: '10.200.0.2' },
      { destination: '10.244.0.0/24', dev: 'cni0', proto: 'kernel', scope: 'link', src: '10.244.0.1' },
    ]);
  });

  test('indexes count per namespace; a veth pair knows its peer', () => {
    const h = new Hosts();
    const a = h.pod('worker-1', 'a', '10.244.0.5');
    expect(dump(h).links.map((link) => [link.index, link.name, link.master])).toEqual([
      [1, 'lo', undefined],
      [2, 'eth0', undefined],
      [3, 'cni0', undefined],
      [4, 'vetha', 'cni0'],
    ]);
    expect(dump(h, a).links[1]).toMatchObject({ index: 2, name: 'eth0', peer: 'vetha', peerIndex: 4, addresses: ['10.244.0.5/24'] });
    for (const { mac } of dump(h).links.slice(1)) expect(mac).toMatch(/^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/);
  });

  test('longest prefix, then metric, then a device that is up', () => {
    const h = new Hosts();
    const add = (destination: string, dev: string, metric?: number): unknown =>
      h.netlink('worker-1', { type: 'Netlink', op: 'route.add', destination, dev, ...(metric === undefined ? {} : { metric }) });
    h.netlink('worker-1', { type: 'Netlink', op: 'link.add', name: 'down0', kind: 'dummy', mtu: 1500, up: false });
    add('10.50.0.0/16', 'eth0', 100);
    add('10.50.0.0/16', 'cni0', 50);
    add('10.50.1.0/24', 'eth0');
    add('10.50.1.7', 'down0');
    const host = h.state('worker-1').netns.host;
    if (!host) throw new Error('no host namespace');
    expect(lookupRoute(host, '10.50.9.9')?.dev).toBe('cni0');
    expect(lookupRoute(host, '10.50.1.9')?.dev).toBe('eth0');
    expect(lookupRoute(host, '10.50.1.7')?.destination).toBe('10.50.1.0/24');
    expect(lookupRoute(host, '8.8.8.8')?.via).toBe('10.200.0.1');
    expect(sourceFor(host, '8.8.8.8')).toBe('10.200.0.2');
    expect(sourceFor(host, '10.244.0.9')).toBe('10.244.0.1');
    expect(sourceFor(host, '127.0.0.5')).toBe('127.0.0.5');
    expect(add('10.50.1.0/24', 'eth0')).toEqual({ error: 'RTNETLINK answers: File exists' });
    expect(add('10.50.1.0/33', 'eth0')).toHaveProperty('error');
    expect(add('10.60.0.0/16', 'eth9')).toEqual({ error: 'Cannot find device "eth9"' });
  });

  test('a namespace goes with its links, its routes and its sockets', () => {
    const h = new Hosts();
    const a = h.pod('worker-1', 'a', '10.244.0.5');
    h.listen('worker-1', a, 80);
    h.connect('worker-1', 'host', '10.244.0.5', 80);
    expect(h.netlink('worker-1', { type: 'Netlink', op: 'netns.delete', netns: a })).toEqual({});
    expect(dump(h).links.map((link) => link.name)).toEqual(['lo', 'eth0', 'cni0']);
    expect(h.state('worker-1').owners).toEqual({});
    expect(h.state('worker-1').sockets.open).toBe(1);
    expect(h.netlink('worker-1', { type: 'Netlink', op: 'netns.delete', netns: a }).error).toContain('No such file or directory');
  });

  test('hostile names and addresses', () => {
    const h = new Hosts();
    for (const netns of ['__proto__', '', '7', '../x', 'constructor', 'a'.repeat(300)])
      expect(h.netlink('worker-1', { type: 'Netlink', op: 'netns.add', netns }).error).toBeDefined();
    expect(h.netlink('worker-1', { type: 'Netlink', op: 'addr.add', dev: '__proto__', cidr: '1.2.3.4/8' }).error).toBeDefined();
    expect(h.netlink('worker-1', { type: 'Netlink', op: 'addr.add', dev: 'eth0', cidr: '999.1.1.1/24' }).error).toBeDefined();
    expect(h.netlink('worker-1', { type: 'Netlink', op: 'sysctl.get', name: '__proto__' }).error).toBeDefined();
  });

  test('addresses', () => {
    expect(formatIPv4(parseIPv4('255.254.1.0'))).toBe('255.254.1.0');
    for (const bad of ['', '1.2.3', '1.2.3.4.5', '1..2.3', '256.1.1.1', '1.2.3.x']) expect(parseIPv4(bad)).toBe(-1);
    const prefix = parsePrefix('192.168.7.9/20');
    expect(prefix && formatIPv4(prefix.net)).toBe('192.168.0.0');
    expect(prefix && within(parseIPv4('192.168.15.255'), prefix)).toBe(true);
    expect(prefix && within(parseIPv4('192.168.16.0'), prefix)).toBe(false);
    expect(parsePrefix('128.0.0.0/1')).toEqual({ net: 2147483648, bits: 1 });
  });
});
