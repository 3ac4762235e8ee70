/** A rule as iptables-save prints it. */
import type { Family } from '../../../../contracts/netfilter.ts';
import { saveAddress } from './addresses.ts';
import { matchExtension } from './parse-rule.ts';
import type { Rule, Target } from './rule.ts';
import { targets } from './targets.ts';

/** Without `-A CHAIN`; begins with a space unless empty. */
export function ruleText(rule: Rule, family: Family): string {
  let text = saveAddress('-s', rule.src) + saveAddress('-d', rule.dst);
  if (rule.iif && (rule.iif.name !== '+' || rule.iif.inv)) text += `${rule.iif.inv ? ' !' : ''} -i ${rule.iif.name}`;
  if (rule.oif && (rule.oif.name !== '+' || rule.oif.inv)) text += `${rule.oif.inv ? ' !' : ''} -o ${rule.oif.name}`;
  if (rule.proto !== '') text += `${rule.protoInv ? ' !' : ''} -p ${rule.proto}`;
  for (const match of rule.matches) text += ` -m ${match.ext}${matchExtension(match).save(match.value as never, family)}`;
  return text + targetText(rule.target, family);
}

export function targetText(target: Target | null, family: Family): string {
  if (!target) return '';
  if (target.kind === 'jump') return ` -j ${target.chain}`;
  if (target.kind === 'goto') return ` -g ${target.chain}`;
  const extension = targets[target.kind];
  return ` -j ${target.kind}${extension ? extension.save(target.value as never, family) : ''}`;
}
