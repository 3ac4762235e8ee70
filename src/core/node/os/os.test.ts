import { describe, expect, test } from 'vitest';
import type { FsAnswer } from '../../contracts/os.ts';
import { copySharing } from '../../engine/share.ts';
import { Hosts } from './testing/hosts.ts';

describe('the kernel as a room', () => {
  test('its state is plain JSON, and a copy runs on like the original', () => {
    const runs = [false, true].map((copy) => {
      const h = new Hosts();
      const web = h.pod('worker-1', 'web', '10.244.0.5');
      h.listen('worker-1', web, 80);
      h.connect('worker-1', 'host', '10.244.0.5', 80, 'local');
      h.connect('worker-2', 'host', '10.244.0.5', 80, 'remote');
      h.connect('worker-1', 'host', '8.8.8.8', 80, undefined, 20_000);
      h.engine.advance(1);
      if (copy) {
        const plain = JSON.parse(JSON.stringify(h.engine.state));
        expect(plain).toEqual(h.engine.state);
        h.engine.state = copySharing(plain, undefined);
      }
      for (const message of h.told('worker-1', 10)) {
        if (message.type !== 'Accepted') continue;
        h.socket('worker-1', { type: 'Socket', op: 'send', netns: web, connection: String(message.connection), data: 'ok', close: true });
      }
      h.engine.advance(30_000);
      return [h.engine.state.traceHash, h.told('worker-1', 30_000).map((m) => m.type), h.told('worker-2', 30_000).map((m) => m.type)];
    });
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]?.[2]).toEqual(['Connected', 'Received']);
  });

  test('files that are the kernel speaking', () => {
    const h = new Hosts();
    const read = (path: string): string | undefined => h.ask<FsAnswer>('worker-1', { type: 'Fs', op: 'read', path } as never).text;
    expect(read('/etc/hostname')).toBe('worker-1\n');
    expect(read('/proc/sys/net/ipv4/ip_forward')).toBe('1\n');
    expect(h.ask('worker-1', { type: 'Fs', op: 'write', path: '/proc/sys/net/ipv4/ip_forward', text: '0\n' } as never)).toEqual({});
    expect(h.netlink('worker-1', { type: 'Netlink', op: 'sysctl.get', name: 'net.ipv4.ip_forward' })).toEqual({ value: '0' });
    h.ask('worker-1', { type: 'Cgroup', op: 'create', path: '/kubepods', values: { 'memory.max': '1048576' } } as never);
    expect(read('/sys/fs/cgroup/kubepods/memory.max')).toBe('1048576\n');
    expect(read('/sys/fs/cgroup/nope/memory.max')).toBeUndefined();
    const fs = (op: string, path: string): FsAnswer => h.ask<FsAnswer>('worker-1', { type: 'Fs', op, path } as never);
    expect(fs('list', '/sys/fs/cgroup').names).toContain('kubepods');
    expect(fs('list', '/sys/fs/cgroup/kubepods').names).toContain('memory.max');
    expect(['kubepods', 'kubepods/memory.max', 'nope'].map((at) => fs('stat', `/sys/fs/cgroup/${at}`).stat?.kind)).toEqual(['dir', 'file', undefined]);
    expect(read('/proc/meminfo')).toContain('MemTotal:        8388608 kB');
  });

  test('what nobody serves yet is unavailable, what nobody knows is ignored', () => {
    const h = new Hosts();
    expect(h.ask('worker-1', { type: 'Unheard' } as never)).toHaveProperty('error');
    h.engine.send('x', 'worker-1/os', { type: 'Unheard' }, 0, 0);
    h.engine.advance(10);
    for (const request of [
      { type: 'Socket', op: 'nothing', netns: 'host' },
      { type: 'Socket', op: 'listen', netns: '__proto__', protocol: 'tcp', ip: '', port: 1, owner: 'x', tag: 'x' },
      { type: 'Socket', op: 'connect', netns: 'host', protocol: 'tcp', ip: 'not an address', port: 80, owner: 'worker-1/workloads', tag: 'x', timeoutMs: 10 },
      { type: 'Socket', op: 'connect', netns: 'host', protocol: 'tcp', ip: '10.200.0.2', port: 1e9, owner: 'worker-1/workloads', tag: 'x', timeoutMs: -1 },
      { type: 'Socket', op: 'send', netns: 'host', connection: '__proto__', data: 'x' },
      { type: 'Socket', op: 'close', netns: 'host', connection: 'c99999999999.1' },
      { type: 'Fs', op: 'nothing', path: '/' },
      { type: 'Cgroup', op: 'nothing', path: '/' },
      { type: 'Systemd', op: 'nothing', unit: 'kubelet' },
      { type: 'Netlink', op: 'nothing' },
    ])
      expect(h.ask('worker-1', request as never)).toHaveProperty('error');
  });
});
