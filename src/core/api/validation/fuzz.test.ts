import { describe, expect, it } from 'vitest';
import { decodeStrict } from '../decode/decode.ts';
import { applyDefaults } from '../defaults/defaults.ts';
import { clone } from '../equal.ts';
import { notSimulated, simplified } from '../fields/fidelity.ts';
import { fieldsOf, knownKinds, type Shape, typeOfKind } from '../fields/fields.ts';
import type { KubeObject } from '../types.ts';
import { invalidStatus } from './field.ts';
import { validateCreate, validateUpdate } from './validate.ts';

/** Objects of a kind made at random from the field table: the right types, any values. */
function generator(seed: number) {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
  const texts = [
    '',
    'a',
    'b',
    'A_b',
    'Always',
    'In',
    'Exists',
    '10.0.0.1',
    '::1',
    '10.0.0.0/8',
    '__proto__',
    'constructor',
    '* * * * *',
    'a/b',
    '../x',
    '/abs',
    '25%',
    'TCP',
    'é🦆',
    'x'.repeat(300),
  ];
  const numbers = [0, 1, -1, 80, 65536, 2147483647, -2147483648];
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const value = (shape: Shape, depth: number): unknown => {
    if (random(25) === 0) return null;
    switch (shape.form) {
      case 'list':
        return depth > 9 ? [] : Array.from({ length: random(3) }, () => value(shape.of, depth + 1));
      case 'map': {
        const out = Object.create(null) as Record<string, unknown>;
        for (let i = random(3); i > 0; i -= 1) out[pick(texts)] = value(shape.of, depth + 1);
        return out;
      }
      case 'struct':
        return struct(shape.type, depth + 1);
      case 'string':
        return pick(texts);
      case 'bool':
        return random(2) === 0;
      case 'int32':
      case 'int64':
      case 'float':
        return pick(numbers);
      case 'quantity':
        return pick(['1', '0', '-1', '1Gi', '100m', '1e3', '0.5', 7]);
      case 'intOrString':
        return random(2) === 0 ? pick(numbers) : pick(texts);
      case 'time':
        return '2026-01-01T00:00:00Z';
      case 'microTime':
        return '2026-01-01T00:00:00.000000Z';
      case 'bytes':
        return pick(['', 'eA==', 'e30=']);
      default:
        return { a: 1 };
    }
  };
  const struct = (type: string, depth: number): Record<string, unknown> => {
    const out: Record<string, unknown> = {};
    for (const field of fieldsOf(type).values()) if (depth < 4 ? random(3) > 0 : random(4) === 0) out[field.name] = value(field.shape, depth);
    return out;
  };
  return (apiKind: string): Record<string, unknown> => {
    const slash = apiKind.lastIndexOf('/');
    const [apiVersion, kind] = [apiKind.slice(0, slash), apiKind.slice(slash + 1)];
    return { ...struct(typeOfKind(apiVersion, kind) as string, 0), apiVersion, kind };
  };
}

describe('objects made at random', () => {
  for (const apiKind of knownKinds()) {
    it(`${apiKind}: everything is answered, nothing throws, nothing is polluted`, () => {
      const make = generator(apiKind.length * 7919 + 1);
      let old: KubeObject | undefined;
      for (let round = 0; round < 40; round += 1) {
        const { object, error } = decodeStrict(make(apiKind));
        expect(error).toBeUndefined();
        const own = object as KubeObject;
        applyDefaults(own);
        const again = clone(own);
        applyDefaults(again);
        expect(again).toEqual(own);
        const errors = validateCreate(own);
        expect(invalidStatus(own.kind, '', 'x', errors).message).toContain('is invalid');
        notSimulated(own);
        simplified(own);
        if (old) for (const subresource of ['', 'status', 'resize', 'ephemeralcontainers']) validateUpdate(own, old, subresource);
        old = own;
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
    });
  }
});
