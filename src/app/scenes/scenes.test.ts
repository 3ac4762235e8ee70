import { describe, expect, it } from 'vitest';
import type { ConversationRow, MessageRecord } from '../../core/index.ts';
import { busParts } from './bus.ts';
import { lifelineX, placeRow, rowPitch } from './conversation.ts';
import { sceneOf } from './opened.ts';
import { type PictureName, passes, pictureOf, routerIn } from './picture.ts';
import { ticksIn } from './ticks.ts';

const message = (more: Partial<MessageRecord>): MessageRecord => ({
  seq: 1,
  atMs: 0,
  sentMs: 0,
  cause: 0,
  kind: 'internal',
  reply: false,
  outcome: 'ok',
  from: 'n/kubelet',
  to: 'n/kubelet',
  fromName: '',
  toName: '',
  text: '',
  path: [],
  about: [],
  why: null,
  ...more,
});
const row = (more: Partial<ConversationRow>): ConversationRow => ({
  seq: 1,
  atMs: 0,
  from: 'kubelet',
  to: 'cri',
  text: 'RunPodSandbox web',
  reply: false,
  refused: false,
  now: false,
  uid: '',
  ...more,
});

describe('what opens', () => {
  it('names the scene behind cards that have one', () => {
    expect(sceneOf('component/worker-1/kubelet')).toBe('worker-1/kubelet');
    expect(sceneOf('component/worker-1/runtime')).toBe('worker-1/runtime');
    expect(sceneOf('kernel/worker-1/netfilter')).toBe('worker-1/kernel');
    for (const other of ['component/apiserver', 'component/worker-1/cni', 'pod/u', 'node/worker-1', 'kernel/worker-1/other', ''])
      expect(sceneOf(other)).toBe('');
  });
});

describe('pictures', () => {
  it.each<PictureName>(['kubelet', 'runtime', 'kernel'])('%s: parts lie in the frame and apart', (name) => {
    const { frame, parts } = pictureOf(name);
    const all = Object.entries(parts);
    for (const [id, r] of all) {
      expect(r.x >= frame.x && r.y >= frame.y && r.x + r.width <= frame.x + frame.width && r.y + r.height <= frame.y + frame.height, id).toBe(true);
      for (const [other, o] of all)
        if (other !== id) expect(r.x + r.width <= o.x || o.x + o.width <= r.x || r.y + r.height <= o.y || o.y + o.height <= r.y, `${id} ${other}`).toBe(true);
    }
  });

  it('has a way for every message between parts of the kubelet and the runtime', () => {
    const cases: [PictureName, MessageRecord][] = [
      ['kubelet', message({ kind: 'api', from: 'apiserver', to: 'n/kubelet', text: 'ADDED Pod web', reply: true })],
      ['kubelet', message({ kind: 'api', to: 'apiserver', text: 'status of pods web' })],
      ['kubelet', message({ kind: 'cri', to: 'n/runtime', text: 'StartContainer' })],
      ['kubelet', message({ kind: 'cri', from: 'n/runtime', text: 'PullImage', reply: true })],
      ['kubelet', message({ kind: 'probe', to: 'pod/u', text: 'readiness probe of web: Success' })],
      ['kubelet', message({ text: 'computePodActions decides' })],
      ['kubelet', message({ text: 'status manager: Running of web' })],
      ['runtime', message({ kind: 'cri', from: 'n/kubelet', to: 'n/runtime', text: 'StartContainer' })],
      ['runtime', message({ from: 'n/runtime', to: 'n/runtime', text: 'runc: runc create 12' })],
      ['runtime', message({ from: 'n/runtime', to: 'n/runtime', text: 'shim: task create 12' })],
      ['runtime', message({ kind: 'tcp', from: 'registry', to: 'n/runtime', text: 'layers of nginx' })],
    ];
    for (const [name, m] of cases) {
      const path = passes(name, 'n', m);
      expect(path.length, m.text).toBeGreaterThan(1);
      expect(routerIn(pictureOf(name)).legs({ ...m, path }).legs, `${m.text}: ${path}`).toHaveLength(path.length - 1);
    }
  });

  it('shows nothing of other nodes', () => {
    expect(passes('kubelet', 'n', message({ kind: 'cri', from: 'other/kubelet', to: 'other/runtime' }))).toEqual([]);
  });
});

describe('channels', () => {
  it('puts now at the right, leaves out what is older, and joins what falls together', () => {
    expect(ticksIn([0, 5000, 10_000], 10_000, 10_000, 82)).toEqual([1, 41, 81]);
    expect(ticksIn([0], 10_101, 10_000, 82)).toEqual([]);
    expect(ticksIn([9990, 9995, 10_000], 10_000, 10_000, 82)).toHaveLength(1);
  });
});

describe('the conversation', () => {
  it('has words in the middle of a long leg and left of a short one, never over the next lifeline', () => {
    const long = placeRow(row({ text: 'x'.repeat(80) }), 0);
    expect(long.anchor).toBe('middle');
    expect(long.text.length).toBeLessThan(26);
    const short = placeRow(row({ from: 'shim', to: 'runc', text: 'runc create' }), 3);
    expect(short).toMatchObject({ anchor: 'end', textX: lifelineX.shim - 8 });
    expect(short.y - placeRow(row({}), 2).y).toBeCloseTo(rowPitch);
  });
});

describe('the devices’ line', () => {
  const bus = [
    [32, 380],
    [1008, 380],
  ] as const;
  const tap = (device: string): number | undefined => ({ cni0: 308, eth0: 936 })[device];
  it('is taken from its left end to where a packet came in, and from where it left to its right end', () => {
    const way = ['deviceBus/cni0', 'deviceBus/prerouting', 'prerouting', 'forward', 'postrouting', 'postrouting/deviceBus', 'deviceBus/eth0'];
    expect(busParts(way, bus, tap)).toEqual([
      [
        [32, 380],
        [308, 380],
      ],
      [
        [936, 380],
        [1008, 380],
      ],
    ]);
    expect(busParts(['processes/output', 'output'], bus, tap)).toEqual([]);
  });
});
