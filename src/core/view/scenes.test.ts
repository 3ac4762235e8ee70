import { describe, expect, it } from 'vitest';
import { hooksOf } from './kernel.ts';
import { wayOf } from './kernel-scene.ts';

describe('a packet’s way', () => {
  it('hooks by the ends of a packet’s way', () => {
    expect(hooksOf({ hops: ['host:n', 'netfilter', 'cni0', 'pod:a/b'] }, 'n', 'iptables')).toEqual(['out', 'post']);
    expect(hooksOf({ hops: ['pod:a/b', 'cni0', 'netfilter', 'host:n'] }, 'n', 'iptables')).toEqual(['pre', 'in']);
    expect(hooksOf({ hops: ['host:m', 'eth0', 'netfilter', 'cni0', 'pod:a/b'] }, 'n', 'iptables')).toEqual(['pre', 'fwd', 'post']);
    expect(hooksOf({ hops: ['pod:a/b', 'cni0', 'pod:a/c'] }, 'n', 'iptables')).toEqual([]);
  });

  it('a dropped packet stays at the hook that dropped it', () => {
    const steps = (['PREROUTING', 'FORWARD'] as const).map((hook) => ({ kind: 'hook' as const, hook, text: hook, depth: 0 }));
    const walk = { steps, verdict: 'DROP', rulesLookedAt: 1, masquerade: false };
    expect(wayOf(walk, { verdict: 'DROP', hops: ['pod:a/b', 'cni0', 'netfilter'] })).toMatchObject({ here: 'forward', devices: ['cni0'] });
  });
});
