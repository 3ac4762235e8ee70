import { sha256 } from '@noble/hashes/sha2.js';
import { expect, test } from 'vitest';
import { hash16 } from './hash16.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function expected(text: string): string {
  let bits = '';
  for (const byte of sha256(new TextEncoder().encode(text))) bits += byte.toString(2).padStart(8, '0');
  return Array.from({ length: 16 }, (_, i) => alphabet[Number.parseInt(bits.slice(i * 5, i * 5 + 5), 2)]).join('');
}

test('names as a real kube-proxy makes them', () => {
  expect(hash16('kube-system/kube-dns:dnsudp')).toBe('TCOU7JCQXEZGVUNU');
  expect(hash16('default/kubernetes:httpstcp')).toBe('NPX46M4PTMTKRN6Y');
});

test('texts of every length around the blocks, and beyond ASCII', () => {
  for (let n = 0; n < 200; n += 1) expect(hash16('x'.repeat(n))).toBe(expected('x'.repeat(n)));
  for (const text of ['é', 'größe/straße:port', '漢字/サービス', '🙂/x']) expect(hash16(text)).toBe(expected(text));
});
