/** What plugins ask of the kernel. */
import { sha512 } from '@noble/hashes/sha2.js';
import type { Family, IptablesCommand, NetfilterAnswer } from '../../contracts/netfilter.ts';
import { osOf } from '../../contracts/os.ts';
import type { NetlinkAnswer, NetlinkRequest } from '../../contracts/socket.ts';
import type { Ctx } from '../../engine/types.ts';

export const netlink = (ctx: Ctx, request: NetlinkRequest): NetlinkAnswer => ctx.call<NetlinkAnswer>(osOf(ctx.host), request) ?? {};

export function iptables(ctx: Ctx, argv: string[], family: Family = 'IPv4'): NetfilterAnswer {
  const command: IptablesCommand = { type: 'Iptables', family, argv };
  return ctx.call<NetfilterAnswer>(osOf(ctx.host), command) ?? {};
}

const maxChainLength = 28;

/** `CNI-` + prefix + as much of SHA-512(name + id) as fits a chain's name. Models plugins/pkg/utils/utils.go FormatChainName. */
export function chainName(prefix: string, name: string, id: string): string {
  const bytes: number[] = [];
  for (const character of name + id) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  let hex = '';
  for (const byte of sha512(Uint8Array.from(bytes))) hex += byte.toString(16).padStart(2, '0');
  return `CNI-${prefix}${hex.slice(0, maxChainLength - 4 - prefix.length)}`;
}
