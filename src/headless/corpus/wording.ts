/** What pages show in the words of an older release or another build, and how v1.36 says it. The recordings show the latter. */
const table: readonly [RegExp, string][] = [
  // kubectl 1.24 and later name the ready ones.
  [/\b(\d+) Running \/ (?=\d+ Succeeded)/, '$1 Active (0 Ready) / '],
  // kubectl 1.34 and later name the namespace.
  [/^(pod|deployment\.apps|service|job\.batch) "([^"]+)" deleted$/, '$1 "$2" deleted from default namespace'],
  // The kubelet of 1.36 leaves the name to the event's field path.
  [/Created container:\? \S+\$$/, 'Container created$'],
  [/Started container \S+\$$/, 'Container started$'],
  // The pause image runs as 65535 since 3.3.
  [/\+root \.\*\/pause/, '+65535 .*/pause'],
];

export function inThisRelease(text: string): string {
  for (const [older, newer] of table) if (older.test(text)) return text.replace(older, newer);
  return text;
}

/** busybox, bind and musl each have words of their own for a name that could not be looked up. */
export const unresolved = (wanted: readonly string[], { rc, out, err }: { rc: number; out: string; err: string }): boolean =>
  wanted.length === 1 && /^can't resolve '/.test(wanted[0] ?? '') && rc !== 0 && /can't (resolve|find)|no servers could be reached/.test(out + err);
