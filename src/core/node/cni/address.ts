/** IPv4 arithmetic. */

export function parseIPv4(text: string): number {
  const parts = text.split('.');
  if (parts.length !== 4) return -1;
  let value = 0;
  for (const part of parts) {
    const n = Number(part);
    if (part === '' || part.length > 3 || !Number.isInteger(n) || n < 0 || n > 255) return -1;
    value = value * 256 + n;
  }
  return value;
}

export const formatIPv4 = (value: number): string =>
  `${Math.floor(value / 16_777_216) % 256}.${Math.floor(value / 65_536) % 256}.${Math.floor(value / 256) % 256}.${value % 256}`;

/** Network, last usable address and prefix length of `10.244.1.0/24`; null when it is none. */
export function parseCIDR(text: string): { network: number; last: number; bits: number } | null {
  const slash = text.indexOf('/');
  const bits = Number(text.slice(slash + 1));
  const ip = parseIPv4(text.slice(0, slash));
  if (slash < 0 || ip < 0 || !Number.isInteger(bits) || bits < 0 || bits > 32) return null;
  let size = 1;
  for (let i = bits; i < 32; i += 1) size *= 2;
  const network = Math.floor(ip / size) * size;
  return { network, last: network + size - 2, bits };
}
