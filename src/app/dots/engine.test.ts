import { beforeEach, describe, expect, it } from 'vitest';
import type { PodRecord } from '../../core/index.ts';
import { placePods, podKey } from '../map/pod-places.ts';
import { sceneNamed } from '../map/scene.ts';
import { RecordStore } from '../state/records.ts';
import { useUi } from '../state/ui.ts';
import { frame, message, pod } from '../testing/fixture-frame.ts';
import { Dots, maxDots } from './engine.ts';
import { dwellMs, ease, flightMs, positionOf } from './flight.ts';

const scene = sceneNamed('wide');
let store: RecordStore;
let dots: Dots;
let real: number;

beforeEach(() => {
  store = new RecordStore();
  dots = new Dots(store);
  store.apply({ changed: [pod('a')], removed: [] }, true);
  dots.place(scene, placePods(scene.pods, [podKey(pod('a'))], []), 'worker-1', () => 'worker-2');
  real = 1000;
  dots.take(frame(), real);
});

/** Real time goes on in frames of 16 ms. */
function wait(ms: number): void {
  for (let passed = 0; passed < ms; passed += 16) {
    real += 16;
    dots.tick(real);
  }
}
const give = (change: Parameters<typeof frame>[0]): void => dots.take(frame(change), real);
const toKubelet = ['apiServer', 'worker-1/kubelet'];

describe('dots', () => {
  it('are made by messages that have a way, and by nothing else', () => {
    give({ messages: [message(1, toKubelet), message(2, []), message(3, ['nowhere', 'else'])] });
    expect(dots.live.map((dot) => dot.seq)).toEqual([1]);
    give({});
    expect(dots.live).toHaveLength(1);
  });

  it('fly 600 ms and are gone then', () => {
    give({ messages: [message(1, toKubelet)] });
    wait(560);
    expect(dots.live).toHaveLength(1);
    wait(80);
    expect(dots.live).toHaveLength(0);
  });

  it('stand still while the run is paused', () => {
    give({ messages: [message(1, toKubelet)] });
    wait(200);
    give({ playing: false });
    const before = positionOf(dots.live[0] as never, dots.nowMs);
    wait(5000);
    expect(positionOf(dots.live[0] as never, dots.nowMs)).toEqual(before);
  });

  it('bring what they carry: the record changes when its dot lands', () => {
    const changed = pod('a', { status: 'Error' });
    give({ changed: [changed], messages: [message(1, ['worker-1/kubelet', 'pod/a'], { about: ['pod/a'] })] });
    store.apply({ changed: [changed], removed: [] }, false);
    wait(400);
    expect((store.get('pod/a') as PodRecord).status).toBe('Running');
    wait(240);
    expect((store.get('pod/a') as PodRecord).status).toBe('Error');
  });

  it('follow one another when one is the cause of the next', () => {
    give({ messages: [message(1, toKubelet), message(2, [...toKubelet].reverse(), { cause: 1 })] });
    const [first, second] = dots.live;
    expect(second?.startMs).toBe((first?.startMs ?? 0) + 600);
  });

  it('dwell at each vertex they pass', () => {
    give({ messages: [message(1, ['pod/a', 'worker-1/cni0', 'worker-1/netfilter', 'worker-1/eth0'], { kind: 'tcp' })] });
    expect(dots.live[0]?.legs).toHaveLength(2);
    expect(flightMs(dots.live[0] as never)).toBe(1200 + dwellMs);
  });

  it('reach pods of other nodes at their node', () => {
    give({ messages: [message(1, ['worker-1/eth0', 'pod/elsewhere'], { kind: 'tcp' })] });
    expect(dots.live[0]?.ends).toEqual(['eth0', 'worker-2']);
  });

  it('join at 10×', () => {
    give({ speed: 10, messages: [1, 2, 3].map((seq) => message(seq, toKubelet)) });
    expect(dots.live.map((dot) => [dot.seq, dot.count])).toEqual([[1, 3]]);
  });

  it('are at most 200', () => {
    give({ messages: Array.from({ length: 300 }, (_, i) => message(i + 1, toKubelet)) });
    expect(dots.live).toHaveLength(maxDots);
    expect(dots.live.reduce((sum, dot) => sum + dot.count, 0)).toBe(300);
  });

  it('become traffic at 100× and more', () => {
    give({ speed: 100, messages: [message(1, toKubelet)] });
    expect(dots.live).toHaveLength(0);
    expect(dots.traffic.size).toBe(1);
    wait(5000);
    expect(dots.traffic.size).toBe(0);
  });

  it('do not fly with reduced motion: both ends get an outline for 600 ms', () => {
    useUi.setState({ motion: 'reduced' });
    give({ messages: [message(1, toKubelet)] });
    useUi.setState({ motion: 'system' });
    expect(dots.live).toHaveLength(0);
    expect(dots.outlines.map((o) => o.vertex)).toEqual(['apiServer', 'kubelet']);
    wait(620);
    expect(dots.outlines).toHaveLength(0);
  });

  it('after a step stand on their way, those of that moment only', () => {
    give({ playing: false });
    give({ playing: false, nowMs: 2000, messages: [message(1, toKubelet, { atMs: 1500 }), message(2, toKubelet, { atMs: 2000 })] });
    expect(dots.live.map((dot) => dot.seq)).toEqual([2]);
    expect(positionOf(dots.live[0] as never, dots.nowMs)?.progress).toBeCloseTo(0.45);
  });
});

describe('ease', () => {
  it('is cubic-bezier(.4, 0, .2, 1)', () => {
    expect(ease(0)).toBe(0);
    expect(ease(1)).toBe(1);
    expect(ease(0.5)).toBeCloseTo(0.7756, 2);
    expect(ease(0.25)).toBeCloseTo(0.2366, 1);
  });
});
