/** The packet lens: a packet walks the hooks, every step is told, nothing is left behind. */
import type { WalkAnswer, WalkRequest, WalkStep } from '../../../contracts/netfilter.ts';
import type { Hook, HookEnvironment, Skb } from '../hooks.ts';
import { confirm, conntrackIn, flowOf, pendingOf } from './conntrack/flows.ts';
import { runHook } from './hook.ts';
import type { Draws } from './packet.ts';
import type { Namespace } from './state.ts';
import { snapshot } from './steps.ts';

export interface LensPacket {
  protocol: Skb['protocol'];
  src: string;
  sport: number;
  dst: string;
  dport: number;
  /** Default `first`. */
  packet?: WalkRequest['packet'];
}

const flagsOf = ({ protocol, packet }: LensPacket): Skb['flags'] => {
  if (packet === 'reset') return protocol === 'tcp' ? 'RST' : 'UNREACHABLE';
  if (protocol === 'udp') return 'UDP';
  if (protocol === 'icmp') return packet === 'reply' ? 'ECHO-REPLY' : 'ECHO';
  return packet === 'reply' ? 'SYN-ACK' : packet === 'later' ? 'ACK' : 'SYN';
};

export class Lens {
  readonly steps: WalkStep[] = [];
  looked = 0;
  verdict = '';
  by: string | undefined;
  masquerade = false;
  /** What it walks goes back to whoever began the connection. */
  readonly answering: boolean;
  private inputs = 0;
  readonly skb: Skb;
  private readonly ns: Namespace;
  readonly env: HookEnvironment;
  private readonly draws: Draws;
  private readonly generation: number;
  private readonly loose: boolean;

  constructor(ns: Namespace, env: HookEnvironment, generation: number, packet: LensPacket, draws: Draws, loose: boolean) {
    this.ns = ns;
    this.env = env;
    this.generation = generation;
    this.draws = draws;
    this.loose = loose;
    const { protocol, src, sport, dst, dport } = packet;
    const flags = flagsOf(packet);
    this.answering = packet.packet === 'reply' || packet.packet === 'reset';
    this.skb = {
      protocol,
      src,
      sport,
      dst,
      dport,
      flags,
      data: '',
      fin: false,
      flow: 'lens',
      ttl: 64,
      mark: 0,
      netns: 'host',
      local: false,
      orig: { src, sport, dst, dport },
    };
  }

  track(): void {
    const { skb, steps } = this;
    conntrackIn(this.ns, skb, this.env, false);
    const known = flowOf(this.ns, skb);
    steps.push({
      kind: 'conntrack',
      text: known ? `${known.protocol} ${known.state}: known flow` : 'no entry: a new flow',
      detail: skb.ctstate ?? '',
      depth: 0,
    });
  }

  /** False: the walk is over. `stolen`: IPVS sends it on. */
  hook(hook: Hook): 'on' | 'stolen' | 'over' {
    const { skb, steps } = this;
    steps.push({ kind: 'hook', hook, text: hook, depth: 0, before: snapshot(skb) });
    const outcome = runHook(this.ns, hook, skb, this.env, {
      generation: this.generation,
      draws: this.draws,
      live: false,
      steps,
      looseDevices: this.loose,
    });
    this.looked += outcome.looked;
    if (outcome.by !== undefined) this.by = outcome.by;
    if (outcome.natKind === 'MASQUERADE' || outcome.natKind === 'SNAT') this.masquerade = true;
    if (outcome.verdict === 'ACCEPT') return 'on';
    if (outcome.verdict === 'STOLEN') return 'stolen';
    this.verdict = outcome.verdict === 'REJECT' ? `REJECT ${outcome.rejectWith ?? ''}`.trimEnd() : outcome.verdict;
    return 'over';
  }

  /** It came to INPUT more often than any packet that arrives: the walk ends. */
  goesRound(): boolean {
    this.inputs += 1;
    if (this.inputs <= maxInputs) return false;
    this.verdict = 'DROP';
    this.say('hook', 'the packet goes round', `more than ${maxInputs} times at INPUT`);
    return true;
  }

  say(kind: WalkStep['kind'], text: string, detail?: string): void {
    const step: WalkStep = { kind, text, depth: 0 };
    if (detail !== undefined) step.detail = detail;
    this.steps.push(step);
  }

  /** The packet made it through: its connection is known from now on. Leaves a trace. */
  keep(): void {
    confirm(this.ns, this.skb, this.env);
  }

  /** The entry that the flow would have. */
  entry(): void {
    const flow = pendingOf(this.skb);
    if (!flow) return;
    const { orig, reply } = flow;
    this.say(
      'conntrack',
      `${flow.protocol} ${flow.state} src=${orig.src} dst=${orig.dst} sport=${orig.sport} dport=${orig.dport} [UNREPLIED] src=${reply.src} dst=${reply.dst} sport=${reply.sport} dport=${reply.dport} mark=${flow.mark}`,
      'confirmed',
    );
  }

  answer(): WalkAnswer {
    const { skb } = this;
    const out: WalkAnswer = { steps: shorten(this.steps), verdict: this.verdict, rulesLookedAt: this.looked, masquerade: this.masquerade };
    if (skb.dst !== skb.orig.dst || skb.dport !== skb.orig.dport)
      out.endpoint = skb.dst.includes(':') ? `[${skb.dst}]:${skb.dport}` : `${skb.dst}:${skb.dport}`;
    out.end = snapshot(skb);
    const flow = pendingOf(skb) ?? flowOf(this.ns, skb);
    if (flow) out.flow = { protocol: flow.protocol, state: flow.state, orig: { ...flow.orig }, reply: { ...flow.reply }, mark: flow.mark };
    return out;
  }
}

/** Ways into one machine that a walk may take. */
const maxInputs = 8;

/** Steps told in one answer; of a longer walk the rules that do not match are summed up. */
const maxSteps = 5000;
const keptAround = 20;

function shorten(steps: WalkStep[]): WalkStep[] {
  if (steps.length <= maxSteps) return steps;
  const out: WalkStep[] = [];
  for (let i = 0; i < steps.length; ) {
    let end = i;
    while (end < steps.length && steps[end]?.kind === 'rule' && steps[end]?.matched === false && steps[end]?.chain === steps[i]?.chain) end += 1;
    if (end - i <= 2 * keptAround) {
      out.push(...steps.slice(i, Math.max(end, i + 1)));
      i = Math.max(end, i + 1);
      continue;
    }
    const first = steps[i] as WalkStep;
    const summary: WalkStep = {
      kind: 'rule',
      text: `${end - i - 2 * keptAround} more rules`,
      matched: false,
      detail: 'none of them matches',
      skipped: end - i - 2 * keptAround,
      depth: first.depth,
    };
    if (first.hook !== undefined) summary.hook = first.hook;
    if (first.table !== undefined) summary.table = first.table;
    if (first.chain !== undefined) summary.chain = first.chain;
    out.push(...steps.slice(i, i + keptAround), summary, ...steps.slice(end - keptAround, end));
    i = end;
  }
  return out.slice(0, 4 * maxSteps);
}
