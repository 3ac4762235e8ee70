/** The preview of a scenario as PNG, drawn without a browser: the mark and the lanes of the run in their colours. Words stand beside it wherever it is shown. */
import { deflateSync } from 'node:zlib';
import type { LaneRecord } from '../../src/core/index.ts';
import type { Lanes } from './lanes.ts';
import { previewSize } from './page.ts';

type Colour = readonly [red: number, green: number, blue: number];
const rgb = (hex: string): Colour => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as unknown as Colour;
const paper = rgb('#eef4f2');
const plate = rgb('#ffffff');
const hair = rgb('#d1d9d8');
const ink = rgb('#172426');
const states: Record<LaneRecord['intervals'][number]['state'], { colour: Colour; hollow: boolean }> = {
  waiting: { colour: ink, hollow: true },
  running: { colour: rgb('#167666'), hollow: true },
  ready: { colour: rgb('#167666'), hollow: false },
  failed: { colour: rgb('#9a0a11'), hollow: false },
  backoff: { colour: rgb('#975a08'), hollow: true },
  done: { colour: rgb('#3e4a4c'), hollow: false },
  terminating: { colour: ink, hollow: true },
};
const maxLanes = 8;

export function previewPng({ untilMs, lanes }: Lanes): Buffer {
  const { width, height } = previewSize;
  const pixels = Buffer.alloc(width * height * 3);
  const fill = (x: number, y: number, w: number, h: number, [r, g, b]: Colour): void => {
    for (let row = Math.max(0, y); row < Math.min(height, y + h); row += 1)
      for (let column = Math.max(0, x); column < Math.min(width, x + w); column += 1) {
        const at = (row * width + column) * 3;
        pixels[at] = r;
        pixels[at + 1] = g;
        pixels[at + 2] = b;
      }
  };
  fill(0, 0, width, height, paper);
  mark(fill, 60, 44, 7);
  const box = { x: 60, y: 200, width: width - 120, height: 370 };
  fill(box.x - 1, box.y - 1, box.width + 2, box.height + 2, hair);
  fill(box.x, box.y, box.width, box.height, plate);
  for (let i = 1; i < 6; i += 1) fill(box.x + Math.round((box.width * i) / 6), box.y, 1, box.height, hair);
  const shown = lanes.slice(0, maxLanes);
  const pitch = Math.min(64, Math.floor((box.height - 32) / Math.max(1, shown.length)));
  const at = (ms: number): number => box.x + Math.round((Math.min(ms, untilMs) / untilMs) * box.width);
  shown.forEach(({ intervals }, row) => {
    const y = box.y + 16 + row * pitch + Math.floor(pitch / 2);
    for (const { fromMs, toMs, state } of intervals) {
      const { colour, hollow } = states[state];
      const [from, to] = [at(fromMs), at(toMs ?? untilMs)];
      fill(from, y - 9, Math.max(2, to - from), 18, colour);
      if (hollow && to - from > 6) fill(from + 3, y - 6, to - from - 6, 12, plate);
    }
  });
  return png(width, height, pixels);
}

/** The mark on its grid of 16: cloche, soil, two cells. */
function mark(fill: (x: number, y: number, w: number, h: number, colour: Colour) => void, x0: number, y0: number, unit: number): void {
  for (let y = 0; y < 16 * unit; y += 1)
    for (let x = 0; x < 16 * unit; x += 1) {
      const [u, v] = [(x + 0.5) / unit, (y + 0.5) / unit];
      const away = v < 7.5 ? Math.hypot(u - 8, v - 7.5) : Math.abs(u - 8);
      const inside =
        (v >= 13 && v < 15 && u >= 1 && u < 15) ||
        (v < 13 && Math.abs(away - 5.25) <= 0.75) ||
        (u >= 5 && u < 9 && v >= 8 && v < 12) ||
        (u >= 10 && u < 12 && v >= 10 && v < 12);
      if (inside) fill(x0 + x, y0 + y, 1, 1, ink);
    }
}

function png(width: number, height: number, rgbPixels: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(height * (width * 3 + 1));
  for (let y = 0; y < height; y += 1) rgbPixels.copy(rows, y * (width * 3 + 1) + 1, y * width * 3, (y + 1) * width * 3);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
}

function crc(bytes: Buffer): number {
  let c = 0xffff_ffff;
  for (const byte of bytes) {
    c ^= byte;
    for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb8_8320 ^ (c >>> 1) : c >>> 1;
  }
  return (c ^ 0xffff_ffff) >>> 0;
}
