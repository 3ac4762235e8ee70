/** What clients ask first: versions, groups, resources. Models k8s.io/apiserver pkg/endpoints/discovery, v1.36.2. */
import { type Resource, resources } from '../../core/index.ts';

export const version = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-06-09T00:00:00Z',
  goVersion: 'go1.26.0',
  compiler: 'gc',
  platform: 'linux/amd64',
};

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

interface ApiResource {
  name: string;
  singularName: string;
  namespaced: boolean;
  kind: string;
  verbs: string[];
  group?: string;
  version?: string;
  shortNames?: string[];
  categories?: string[];
}

const groups = [...new Set(resources.map((r) => r.group))].filter((group) => group !== '');
const versionOf = (group: string): string => resources.find((r) => r.group === group)?.version ?? 'v1';

/** Answers `/version`, `/api…`, `/apis…` without a resource; undefined for everything else. `accept` may ask for the aggregated form. */
export function discovery(path: string, accept: string, host: string): unknown {
  if (path === '/version') return version;
  const aggregated = /as=APIGroupDiscoveryList/.test(accept);
  if (path === '/api') {
    if (aggregated) return aggregate(['']);
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: host }] };
  }
  if (path === '/apis') return aggregated ? aggregate(groups) : { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupOf) };
  if (path === '/api/v1') return resourceList('');
  const m = /^\/apis\/([a-z0-9.]+)(?:\/([a-z0-9]+))?$/.exec(path);
  const group = m?.[1] ?? '';
  if (!m || !groups.includes(group)) return undefined;
  if (m[2] === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) };
  return m[2] === versionOf(group) ? resourceList(group) : undefined;
}

function groupOf(name: string): { name: string; versions: unknown[]; preferredVersion: unknown } {
  const v = { groupVersion: `${name}/${versionOf(name)}`, version: versionOf(name) };
  return { name, versions: [v], preferredVersion: v };
}

function resourceList(group: string): unknown {
  const ofGroup = resources.filter((r) => r.group === group);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: ofGroup[0]?.apiVersion, resources: ofGroup.flatMap(entries) };
}

function entries(r: Resource): ApiResource[] {
  const one: ApiResource = { name: r.plural, singularName: r.singular, namespaced: r.namespaced, kind: r.kind, verbs };
  if (r.shortNames.length > 0) one.shortNames = [...r.shortNames];
  if (r.categories.length > 0) one.categories = [...r.categories];
  return [one, ...subresources(r).map((s) => ({ name: `${r.plural}/${s.name}`, singularName: '', namespaced: r.namespaced, ...s.rest }))];
}

function subresources(r: Resource): { name: string; rest: Pick<ApiResource, 'kind' | 'verbs' | 'group' | 'version'> }[] {
  const write = ['get', 'patch', 'update'];
  const out: ReturnType<typeof subresources> = [];
  if (r.status) out.push({ name: 'status', rest: { kind: r.kind, verbs: write } });
  if (r.scale) out.push({ name: 'scale', rest: { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: write } });
  if (r.kind === 'Namespace') out.push({ name: 'finalize', rest: { kind: 'Namespace', verbs: ['update'] } });
  if (r.kind === 'ServiceAccount')
    out.push({ name: 'token', rest: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] } });
  if (r.kind === 'Pod')
    out.push(
      { name: 'binding', rest: { kind: 'Binding', verbs: ['create'] } },
      { name: 'ephemeralcontainers', rest: { kind: 'Pod', verbs: write } },
      { name: 'eviction', rest: { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] } },
      { name: 'exec', rest: { kind: 'PodExecOptions', verbs: ['create', 'get'] } },
      { name: 'log', rest: { kind: 'Pod', verbs: ['get'] } },
      { name: 'resize', rest: { kind: 'Pod', verbs: write } },
    );
  return out;
}

/** apidiscovery.k8s.io/v2: everything in one answer. */
function aggregate(names: string[]): unknown {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: names.map((name) => ({
      metadata: { name: name === '' ? undefined : name, creationTimestamp: null },
      versions: [{ version: versionOf(name), freshness: 'Current', resources: resources.filter((r) => r.group === name).map(aggregatedEntry) }],
    })),
  };
}

function aggregatedEntry(r: Resource): unknown {
  const kind = { group: r.group, version: r.version, kind: r.kind };
  return {
    resource: r.plural,
    responseKind: kind,
    scope: r.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: r.singular,
    verbs,
    ...(r.shortNames.length > 0 ? { shortNames: r.shortNames } : {}),
    ...(r.categories.length > 0 ? { categories: r.categories } : {}),
    subresources: subresources(r).map(({ name, rest }) => ({
      subresource: name,
      responseKind: { group: rest.group ?? r.group, version: rest.version ?? r.version, kind: rest.kind },
      verbs: rest.verbs,
    })),
  };
}
