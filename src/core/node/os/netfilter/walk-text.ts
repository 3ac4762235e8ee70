/** The packet lens on a pasted rule set: `iptables-save` text or an nft listing, on no machine in particular. Pure. */
import type { WalkAnswer } from '../../../contracts/netfilter.ts';
import type { Ctx } from '../../../engine/types.ts';
import type { HookEnvironment } from '../hooks.ts';
import { givenDraws } from './draws.ts';
import { restore } from './iptables/restore.ts';
import { Lens, type LensPacket } from './lens.ts';
import { transact } from './nft/transaction.ts';
import type { Draws } from './packet.ts';
import { type Namespace, newNamespace } from './state.ts';
import { packetError } from './walk.ts';

export interface TextPacket extends LensPacket {
  /** Device it came in by, leaves by. Without them rules about devices count as met. */
  iif?: string;
  oif?: string;
}

export interface TextWalk {
  /** `iptables-save` text, restore input, an nft listing or transaction. */
  text: string;
  packet: TextPacket;
  /** Addresses of the machine: packets from them begin at OUTPUT, packets to them end at INPUT. */
  localAddresses: readonly string[];
  /** As `WalkRequest.draws`. */
  draws?: readonly number[];
}

const wrong = (error: string): WalkAnswer => ({ steps: [], verdict: '', rulesLookedAt: 0, masquerade: false, error });

/** `error` as the tool says it, with its line. Verdicts: ACCEPT, DROP, `REJECT CODE`. */
export function walkText({ text, packet, localAddresses, draws }: TextWalk): WalkAnswer {
  const problem = packetError(packet);
  if (problem) return wrong(problem);
  const loaded = loadText(text, packet.src.includes(':') ? 'IPv6' : 'IPv4');
  if (typeof loaded === 'string') return wrong(loaded);
  return walkRules(loaded, packet, localAddresses, givenDraws(draws ?? [], loaded));
}

/** The rules of a text, or what is wrong with it. */
export function loadText(text: string, family: 'IPv4' | 'IPv6'): Namespace | string {
  const ns = newNamespace();
  const nft = /^\s*(?:#.*\n\s*)*(?:table|add|create|flush|delete|destroy)\b/.test(text.slice(0, 4000));
  const answer = nft ? transact(ns, text, 0) : restore(ns, family, text, false);
  if (answer.error !== undefined) return answer.error;
  return ns;
}

/** `draws` decides every choice. */
export function walkRules(ns: Namespace, packet: TextPacket, localAddresses: readonly string[], draws: Draws): WalkAnswer {
  const env = environment(localAddresses);
  const lens = new Lens(ns, env, 0, packet, draws, true);
  const { skb } = lens;
  const local = (ip: string): boolean => env.isLocal('host', ip);
  skb.local = local(skb.src);
  if (packet.iif !== undefined) skb.iif = packet.iif;
  lens.track();
  if (lens.hook(skb.local ? 'OUTPUT' : 'PREROUTING') !== 'over') {
    if (packet.oif !== undefined) skb.oif = packet.oif;
    const inbound = local(skb.dst);
    const on = skb.local || lens.hook(inbound ? 'INPUT' : 'FORWARD') === 'on';
    // A packet that stays on the machine passes POSTROUTING on its way onto lo, and INPUT when it comes off.
    const out = on && (!inbound || skb.local) ? lens.hook('POSTROUTING') === 'on' : on;
    if (out && (!skb.local || !inbound || lens.hook('INPUT') === 'on')) {
      lens.entry();
      lens.verdict = 'ACCEPT';
    }
  }
  return lens.answer();
}

const masqueradeAs = (addresses: readonly string[], towards: string): string | null =>
  addresses.find((ip) => ip.includes(':') === towards.includes(':') && !ip.startsWith('127.') && ip !== '::1') ?? null;

function environment(addresses: readonly string[]): HookEnvironment {
  const own = new Set(addresses);
  const isLocal = (ip: string): boolean => own.has(ip) || ip.startsWith('127.') || ip === '::1';
  const ctx = { nowMs: 0, epochMs: 0, self: 'text/os', host: 'text', random: () => 0 } as unknown as Ctx;
  return {
    ctx,
    isLocal: (_netns, ip) => isLocal(ip),
    addressOf: (_netns, _dev, towards) => masqueradeAs(addresses, towards),
    addresses: () => [],
    route: (_netns, ip) => ({ dev: isLocal(ip) ? 'lo' : 'eth0' }),
    sysctl: () => '',
    listener: () => null,
    ownerOf: () => null,
  };
}
