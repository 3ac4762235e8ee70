import { describe, expect, it } from 'vitest';
import { axisOf, fitSpan, msOf, nearest, ticksOf, xOf, zoomBy } from './axis.ts';
import { clockText, durationText, stampText, tickText } from './time-text.ts';

describe('axis of time', () => {
  it('fits the run with room ahead, at least 30 s', () => {
    expect(fitSpan(0)).toBe(30_000);
    expect(fitSpan(42_180)).toBe(60_000);
    expect(fitSpan(164_200)).toBe(180_000);
    expect(fitSpan(3_600_000)).toBe(7_200_000);
    expect(fitSpan(400 * 86_400_000)).toBeGreaterThan(400 * 86_400_000);
  });
  it('keeps its span while time goes back within what is known', () => {
    expect(axisOf(1000, 164_200, null, 1040).toMs).toBe(180_000);
  });
  it('goes from milliseconds to pixels and back', () => {
    const axis = axisOf(42_180, 42_180, null, 1040);
    expect(xOf(axis, 42_180)).toBeCloseTo(731.12, 2);
    expect(msOf(axis, xOf(axis, 12_345))).toBeCloseTo(12_345, 6);
  });
  it('zooms around the pointer and never before 0', () => {
    const axis = axisOf(42_000, 42_000, null, 1000);
    const zoom = zoomBy(axis, 0.5, 700);
    expect(zoom?.spanMs).toBe(30_000);
    const next = axisOf(42_000, 42_000, zoom, 1000);
    expect(msOf(next, 700)).toBeCloseTo(msOf(axis, 700), 6);
    expect(zoomBy(axis, 10, 0)?.fromMs).toBe(0);
  });
  it('follows the present when it leaves what is zoomed to', () => {
    const axis = axisOf(50_000, 50_000, { fromMs: 0, spanMs: 10_000 }, 1000);
    expect(axis.fromMs).toBeLessThan(50_000);
    expect(axis.toMs).toBeGreaterThan(50_000);
  });
  it('numbers every tenth second of a minute, with fifths between', () => {
    const { stepMs, ticks } = ticksOf(axisOf(42_180, 42_180, null, 1040));
    expect(stepMs).toBe(10_000);
    expect(ticks.filter((tick) => tick.major).map((tick) => tick.ms)).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000]);
    expect(ticks).toHaveLength(31);
  });
  it('snaps to the nearest message', () => {
    expect(nearest([100, 200, 400], 290)).toBe(200);
    expect(nearest([100, 200, 400], 310)).toBe(400);
    expect(nearest([], 310)).toBe(310);
  });
});

describe('times in words', () => {
  it('reads as a clock', () => {
    expect(clockText(42_180)).toEqual({ digits: '42.180', unit: 's' });
    expect(clockText(164_200)).toEqual({ digits: '2:44.200', unit: '' });
    expect(clockText(3_600_001)).toEqual({ digits: '1:00:00.001', unit: '' });
  });
  it('stamps lists in seconds', () => {
    expect(stampText(162_787)).toBe('162.787');
    expect(stampText(3_600_001)).toBe('1:00:00.001');
  });
  it('numbers rulers', () => {
    expect(tickText(10_000, 10_000)).toBe('10 s');
    expect(tickText(500, 500)).toBe('0.5 s');
    expect(tickText(90_000, 30_000)).toBe('1:30');
    expect(tickText(7_200_000, 3_600_000)).toBe('2:00:00');
  });
  it('writes durations as Kubernetes does', () => {
    expect(durationText(80_000)).toBe('1m20s');
    expect(durationText(40_000)).toBe('40s');
    expect(durationText(4600)).toBe('4.6s');
    expect(durationText(3_600_000)).toBe('1h');
    expect(durationText(0)).toBe('0s');
  });
});
