/** Statements of a rule. */

/** What a packet is asked for. `kind` and `field`: `ip saddr`, `th dport`, `meta mark`, `ct state`, `fib daddr type`, `numgen random`. */
export interface Selector {
  readonly kind: string;
  readonly field: string;
  /** numgen. */
  readonly mod: number;
  readonly offset: number;
}

export interface Elements {
  /** `@NAME`, or '' for elements written in the rule. */
  readonly set: string;
  readonly entries: readonly { readonly key: string; readonly value: string }[];
}

export type Statement =
  | {
      readonly do: 'match';
      readonly on: readonly Selector[];
      readonly op: string;
      readonly mask: number | null;
      readonly to: Elements | null;
      readonly value: string;
    }
  | { readonly do: 'vmap'; readonly on: readonly Selector[]; readonly to: Elements }
  | { readonly do: 'verdict'; readonly verdict: string; readonly chain: string }
  | { readonly do: 'reject'; readonly with: string }
  | {
      readonly do: 'nat';
      readonly kind: 'DNAT' | 'SNAT' | 'MASQUERADE' | 'REDIRECT';
      /** `ADDRESS`, `ADDRESS:PORT`, `:PORT`; or by a map. */
      readonly value: string;
      readonly map: { readonly on: readonly Selector[]; readonly to: Elements } | null;
      readonly random: boolean;
    }
  | { readonly do: 'mark'; readonly on: 'meta' | 'ct'; readonly op: 'set' | 'or' | 'and' | 'xor' | 'from'; readonly value: number }
  | { readonly do: 'element'; readonly op: 'add' | 'update' | 'delete'; readonly set: string; readonly on: readonly Selector[]; readonly timeoutMs: number }
  | { readonly do: 'notrack' }
  | { readonly do: 'pass' };
