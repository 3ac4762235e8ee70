/** resource.Quantity: parsing, arithmetic and canonical text. Models k8s.io/apimachinery/pkg/api/resource/quantity.go, v1.36.2. */
import type { Quantity } from './types.ts';

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
/** `nano`: the amount in 10⁻⁹, rounded away from zero where it was finer. */
export interface ParsedQuantity {
  nano: bigint;
  format: QuantityFormat;
}

const nanoPerUnit = 1_000_000_000n;
const decimalExponents: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binaryExponents: Record<string, number> = { Ki: 1, Mi: 2, Gi: 3, Ti: 4, Pi: 5, Ei: 6 };
/** Upstream caps what it stores at 2⁶³−1. */
const maxUnits = 9_223_372_036_854_775_807n;
const maxTextLength = 256;

/** null when it is not a quantity. */
export function parseQuantity(q: Quantity): ParsedQuantity | null {
  const text = typeof q === 'number' ? String(q) : q;
  if (text.length > maxTextLength) return null;
  const m = /^([+-]?)(\d*)(?:\.(\d*))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.exec(text);
  if (!m || (m[2] === '' && (m[3] ?? '') === '')) return null;
  const suffix = m[4] ?? '';
  let format: QuantityFormat = 'DecimalSI';
  let exponent = 0;
  let binary = 0;
  if (suffix in binaryExponents) {
    format = 'BinarySI';
    binary = binaryExponents[suffix] as number;
  } else if (suffix.length > 1) {
    format = 'DecimalExponent';
    exponent = Number(suffix.slice(1));
    if (exponent > 100 || exponent < -100) exponent = exponent > 0 ? 100 : -100;
  } else exponent = decimalExponents[suffix] as number;
  const fraction = m[3] ?? '';
  let amount = BigInt(`${m[2] || '0'}${fraction}`) * 1024n ** BigInt(binary);
  const shift = exponent + 9 - fraction.length;
  if (shift >= 0) amount *= 10n ** BigInt(shift);
  else {
    const divisor = 10n ** BigInt(-shift);
    amount = amount % divisor === 0n ? amount / divisor : amount / divisor + 1n;
  }
  if (amount > maxUnits * nanoPerUnit) amount = maxUnits * nanoPerUnit;
  return { nano: m[1] === '-' ? -amount : amount, format };
}

// The same few quantities are asked for again and again. Not state.
const nanos = new Map<Quantity, bigint>();
function nanoOf(q: Quantity | undefined): bigint {
  if (q === undefined) return 0n;
  let nano = nanos.get(q);
  if (nano === undefined) {
    nano = parseQuantity(q)?.nano ?? 0n;
    if (nanos.size >= 5000) nanos.clear();
    nanos.set(q, nano);
  }
  return nano;
}

function ceilDivide(a: bigint, b: bigint): number {
  const floor = a / b;
  return Number(a % b !== 0n && a > 0n ? floor + 1n : floor);
}

const simpleMilli = /^(\d{1,12})(m?)$/;

/** Whole units, rounded up (Quantity.Value). What cannot be parsed counts as 0. */
export function quantityValue(q: Quantity | undefined): number {
  if (typeof q === 'number' && Number.isInteger(q)) return q;
  const simple = typeof q === 'string' ? simpleMilli.exec(q) : null;
  if (simple) return simple[2] ? Math.ceil(Number(simple[1]) / 1000) : Number(simple[1]);
  return ceilDivide(nanoOf(q), nanoPerUnit);
}

/** Thousandths, rounded up (Quantity.MilliValue). */
export function quantityMilli(q: Quantity | undefined): number {
  if (typeof q === 'number' && Number.isInteger(q)) return q * 1000;
  const simple = typeof q === 'string' ? simpleMilli.exec(q) : null;
  if (simple) return simple[2] ? Number(simple[1]) : Number(simple[1]) * 1000;
  return ceilDivide(nanoOf(q), 1_000_000n);
}

/** As the API server stores and prints it: `1500m`, `1Gi`, `100k`; text that is no quantity comes back as it is. */
export function canonicalQuantity(q: Quantity): string {
  const parsed = parseQuantity(q);
  return parsed ? formatQuantity(parsed) : String(q);
}

/** Models Quantity.CanonicalizeBytes. */
export function formatQuantity({ nano, format }: ParsedQuantity): string {
  if (nano === 0n) return '0';
  const negative = nano < 0n;
  const amount = negative ? -nano : nano;
  const sign = negative ? '-' : '';
  if (format === 'BinarySI' && amount >= 1024n * nanoPerUnit) {
    let units = amount % nanoPerUnit === 0n ? amount / nanoPerUnit : amount / nanoPerUnit + 1n;
    let power = 0;
    while (power < 6 && units % 1024n === 0n) {
      units /= 1024n;
      power += 1;
    }
    return `${sign}${units}${['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'][power]}`;
  }
  let mantissa = amount;
  let exponent = -9;
  while (exponent < 18 && mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (format === 'DecimalExponent') return `${sign}${mantissa}${exponent === 0 ? '' : `e${exponent}`}`;
  return `${sign}${mantissa}${{ '-9': 'n', '-6': 'u', '-3': 'm', '0': '', '3': 'k', '6': 'M', '9': 'G', '12': 'T', '15': 'P', '18': 'E' }[String(exponent)] ?? ''}`;
}

const formatOf = (a: Quantity, b: Quantity): QuantityFormat => {
  const first = parseQuantity(a);
  return (first && first.nano !== 0n ? first : parseQuantity(b))?.format ?? 'DecimalSI';
};

/** a + b in canonical text; the format is that of `a`, or of `b` when `a` is zero. */
export const addQuantity = (a: Quantity, b: Quantity): string => formatQuantity({ nano: nanoOf(a) + nanoOf(b), format: formatOf(a, b) });
export const subQuantity = (a: Quantity, b: Quantity): string => formatQuantity({ nano: nanoOf(a) - nanoOf(b), format: formatOf(a, b) });

export function compareQuantity(a: Quantity, b: Quantity): -1 | 0 | 1 {
  const [x, y] = [nanoOf(a), nanoOf(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
