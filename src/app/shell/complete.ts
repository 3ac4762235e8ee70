/** Tab completion: verbs, kinds, names of what there is. */

/** What is there to be named. */
export interface Known {
  nodes: readonly string[];
  namespaces: readonly string[];
  /** Names by kind as kubectl's plural, `pods` → [[namespace, name]…]. */
  names: Readonly<Record<string, readonly (readonly [namespace: string, name: string])[]>>;
  /** Containers by `namespace/pod`. */
  containers: Readonly<Record<string, readonly string[]>>;
}

export interface Completion {
  /** Where in the line the completed word begins. */
  from: number;
  options: string[];
}

const verbs = [
  'annotate',
  'api-resources',
  'apply',
  'autoscale',
  'cordon',
  'cp',
  'create',
  'delete',
  'describe',
  'diff',
  'drain',
  'edit',
  'events',
  'exec',
  'explain',
  'expose',
  'get',
  'label',
  'logs',
  'patch',
  'port-forward',
  'replace',
  'rollout',
  'run',
  'scale',
  'set',
  'taint',
  'top',
  'uncordon',
  'version',
  'wait',
];
const subverbs: Record<string, string[]> = {
  rollout: ['history', 'pause', 'restart', 'resume', 'status', 'undo'],
  top: ['node', 'pod'],
  set: ['image', 'env', 'resources'],
  create: ['configmap', 'deployment', 'job', 'namespace', 'secret', 'service', 'serviceaccount'],
};
const kinds: Record<string, string[]> = {
  configmaps: ['cm', 'configmap'],
  cronjobs: ['cj', 'cronjob'],
  daemonsets: ['ds', 'daemonset'],
  deployments: ['deploy', 'deployment'],
  endpoints: ['ep'],
  endpointslices: ['endpointslice'],
  events: ['ev', 'event'],
  jobs: ['job'],
  namespaces: ['ns', 'namespace'],
  networkpolicies: ['netpol', 'networkpolicy'],
  nodes: ['no', 'node'],
  persistentvolumeclaims: ['pvc', 'persistentvolumeclaim'],
  persistentvolumes: ['pv', 'persistentvolume'],
  poddisruptionbudgets: ['pdb', 'poddisruptionbudget'],
  pods: ['po', 'pod'],
  replicasets: ['rs', 'replicaset'],
  secrets: ['secret'],
  serviceaccounts: ['sa', 'serviceaccount'],
  services: ['svc', 'service'],
  statefulsets: ['sts', 'statefulset'],
  leases: ['lease'],
};
const flags = [
  '--all-namespaces',
  '--container',
  '--field-selector',
  '--filename',
  '--follow',
  '--force',
  '--grace-period',
  '--namespace',
  '--output',
  '--previous',
  '--replicas',
  '--selector',
  '--show-labels',
  '--watch',
];
/** Behind a pipe, as `session/pipes.ts` has them. */
const pipes = ['grep', 'head', 'sort', 'tail', 'uniq', 'wc'];
const hostTools = ['cat', 'conntrack', 'crictl', 'ip', 'ipset', 'iptables-save', 'ipvsadm', 'journalctl', 'ls', 'mount', 'nft', 'ps', 'ss', 'systemctl'];
const outputs = ['json', 'jsonpath=', 'name', 'wide', 'yaml', 'custom-columns='];
const takesValue = new Set([
  '-n',
  '--namespace',
  '-o',
  '--output',
  '-l',
  '--selector',
  '-c',
  '--container',
  '-f',
  '--filename',
  '--field-selector',
  '--replicas',
  '--image',
]);
const podVerbs = new Set(['exec', 'logs', 'port-forward', 'attach']);
const nodeVerbs = new Set(['cordon', 'uncordon', 'drain']);

export const kindOf = (word: string): string =>
  Object.hasOwn(kinds, word) ? word : (Object.keys(kinds).find((kind) => (kinds[kind] as string[]).includes(word)) ?? '');

export function complete(line: string, known: Known): Completion {
  const from = Math.max(line.lastIndexOf(' '), line.lastIndexOf('\t'), line.lastIndexOf('|')) + 1;
  const word = line.slice(from);
  const before = line.slice(0, from).replace(/\|/g, ' | ').split(/\s+/).filter(Boolean);
  return { from, options: starting(word, candidates(before, word, known)) };
}

function starting(word: string, all: readonly string[]): string[] {
  return [...new Set(all)].filter((option) => option.startsWith(word)).sort();
}

function candidates(before: readonly string[], word: string, known: Known): string[] {
  const first = before[0];
  const bar = before.findLastIndex((w) => w.endsWith('|'));
  if (bar >= 0 && first === 'kubectl') return bar === before.length - 1 ? pipes.map((name) => `${name} `) : [];
  if (first === undefined) return ['kubectl ', 'node ', 'client: ', 'clear', 'help'];
  if (first === 'node' && before.length === 1) return known.nodes.map((name) => `${name}: `);
  if (first === 'node' && before.length === 2) return hostTools.map((name) => `${name} `);
  if (first !== 'kubectl') return [];
  const namespace = flagValue(before, ['-n', '--namespace']);
  const last = before[before.length - 1] as string;
  if (last === '-n' || last === '--namespace') return [...known.namespaces];
  if (last === '-o' || last === '--output') return outputs;
  if (last === '-f' || last === '--filename') return ['manifest.yaml'];
  const plain = plainWords(before.slice(1));
  const verb = plain[0];
  if (last === '-c' || last === '--container') return [...own(known.containers, `${namespace || 'default'}/${(plain[1] ?? '').replace(/^pods?\//, '')}`)];
  if (word.startsWith('-')) return flags;
  if (verb === undefined) return verbs.map((v) => `${v} `);
  if (own(subverbs, verb).length > 0 && plain.length === 1) return own(subverbs, verb).map((v) => `${v} `);
  if (podVerbs.has(verb)) return plain.length === 1 ? namesOf('pods', namespace, known) : [];
  if (nodeVerbs.has(verb)) return plain.length === 1 ? [...known.nodes] : [];
  const at = own(subverbs, verb).length > 0 && verb !== 'create' ? 2 : 1;
  if (verb === 'top' && plain.length === 2) return plain[1] === 'node' ? [...known.nodes] : namesOf('pods', namespace, known);
  const slash = word.indexOf('/');
  if (slash > 0) return namesOf(kindOf(word.slice(0, slash)), namespace, known).map((name) => `${word.slice(0, slash)}/${name}`);
  if (plain.length <= at)
    return Object.keys(kinds).flatMap((kind) => [
      `${kind} `,
      ...(kinds[kind] as string[]).filter((short) => short.length > 3 && word !== '').map((short) => `${short} `),
    ]);
  return namesOf(kindOf((plain[at] ?? '').split(',')[0] as string), namespace, known);
}

function namesOf(kind: string, namespace: string, known: Known): string[] {
  if (kind === 'nodes') return [...known.nodes];
  if (kind === 'namespaces') return [...known.namespaces];
  return own(known.names, kind)
    .filter(([of]) => of === '' || of === (namespace || 'default'))
    .map(([, name]) => name);
}

/** Words are anybody's: `constructor` is no key. */
const own = <T>(table: Readonly<Record<string, readonly T[]>>, key: string): readonly T[] => (Object.hasOwn(table, key) ? (table[key] as readonly T[]) : []);

function plainWords(all: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < all.length; i += 1) {
    const word = all[i] as string;
    if (takesValue.has(word)) i += 1;
    else if (!word.startsWith('-')) out.push(word);
  }
  return out;
}

function flagValue(all: readonly string[], names: readonly string[]): string {
  const at = all.findIndex((word) => names.includes(word));
  return at >= 0 ? (all[at + 1] ?? '') : '';
}

/** What all options begin with. */
export function common(options: readonly string[]): string {
  let prefix = options[0] ?? '';
  for (const option of options) while (!option.startsWith(prefix)) prefix = prefix.slice(0, -1);
  return prefix;
}
