/** iptables as kube-proxy runs it. Models pkg/util/iptables/iptables.go, v1.36.2. */
import type { Family, IptablesCommand, IptablesRestore, IptablesSave, NetfilterAnswer } from '../../../contracts/netfilter.ts';
import { osOf } from '../../../contracts/os.ts';
import type { RestoreBlocks, RuleBlock } from '../../../contracts/rule-blocks.ts';
import type { Ctx } from '../../../engine/types.ts';

export function iptables(ctx: Ctx, family: Family, argv: string[]): NetfilterAnswer {
  const command: IptablesCommand = { type: 'Iptables', family, argv };
  return ctx.call<NetfilterAnswer>(osOf(ctx.host), command) ?? {};
}

export function iptablesRestore(ctx: Ctx, family: Family, text: string, blocks?: RestoreBlocks): NetfilterAnswer {
  const request: IptablesRestore = { type: 'IptablesRestore', family, text, noflush: true, ...(blocks ? { blocks } : {}) };
  return ctx.call<NetfilterAnswer>(osOf(ctx.host), request) ?? {};
}

/** Chains of a table, as its save lists them. */
export function chainsOf(ctx: Ctx, family: Family, table: string): string[] {
  return namesIn(save(ctx, { type: 'IptablesSave', family, table }));
}

/** The same, with chains of blocks by their blocks. */
export function savedChains(ctx: Ctx, family: Family, table: string): { names: string[]; blocks: readonly RuleBlock[] } {
  const answer = save(ctx, { type: 'IptablesSave', family, table, blocks: true });
  return { names: namesIn(answer), blocks: answer.blocks ?? [] };
}

const save = (ctx: Ctx, request: IptablesSave): NetfilterAnswer => ctx.call<NetfilterAnswer>(osOf(ctx.host), request) ?? {};

function namesIn({ text }: NetfilterAnswer): string[] {
  const out: string[] = [];
  for (let at = 0; text !== undefined && at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    if (text[at] === ':') out.push(text.slice(at + 1, text.indexOf(' ', at)));
    // Rules come after all chains of their table.
    else if (text[at] === '-') break;
    at = end + 1;
  }
  return out;
}

export const failed = (answer: NetfilterAnswer): boolean => answer.error !== undefined || (answer.code ?? 0) !== 0;

/** Puts a rule in front unless it is there. */
export function ensureRule(ctx: Ctx, family: Family, table: string, chain: string, args: string[]): NetfilterAnswer {
  if (!failed(iptables(ctx, family, ['-t', table, '-C', chain, ...args]))) return {};
  return iptables(ctx, family, ['-t', table, '-I', chain, ...args]);
}

export const ensureChain = (ctx: Ctx, family: Family, table: string, chain: string): void => {
  iptables(ctx, family, ['-t', table, '-N', chain]);
};
