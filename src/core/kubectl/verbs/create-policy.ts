/** kubectl create of what governs others: classes, quotas, budgets, ingresses, tokens, roles. Models k8s.io/kubectl/pkg/cmd/create/*.go, v1.36.2. */
import { plainError } from '../errors.ts';
import { durationMs } from '../flags.ts';
import type { Run } from '../run.ts';
import { nameOf } from './create.ts';
import { createMade } from './send.ts';

export function priorityClass(run: Run): void {
  createMade(
    run,
    {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: nameOf(run) },
      ...(run.flag('description') ? { description: run.flag('description') } : {}),
      ...(run.on('global-default') ? { globalDefault: true } : {}),
      preemptionPolicy: run.flag('preemption-policy', 'PreemptLowerPriority'),
      value: run.int('value', 0),
    },
    'failed to create priorityclass: ',
  );
}

/** `pods=10,memory=1Gi`. */
export function pairs(run: Run, flag: string): Record<string, string> {
  const out: Record<string, string> = Object.create(null);
  for (const part of run.list(flag)) {
    const at = part.indexOf('=');
    if (at < 1) throw plainError(`Invalid argument syntax ${part}, expected <resource>=<value>`);
    out[part.slice(0, at)] = part.slice(at + 1);
  }
  return { ...out };
}

export function quota(run: Run): void {
  const scopes = run.list('scopes');
  createMade(
    run,
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: nameOf(run) },
      spec: { ...(run.has('hard') ? { hard: pairs(run, 'hard') } : {}), ...(scopes.length > 0 ? { scopes } : {}) },
      status: {},
    },
    'failed to create quota: ',
  );
}

const intOrString = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text);

export function pdb(run: Run): void {
  const name = nameOf(run);
  if (!run.has('selector')) throw plainError('a selector must be specified');
  if (!run.has('min-available') && !run.has('max-unavailable')) throw plainError('one of min-available or max-unavailable must be specified');
  if (run.has('min-available') && run.has('max-unavailable')) throw plainError('min-available and max-unavailable cannot be both specified');
  createMade(
    run,
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name },
      spec: {
        ...(run.has('min-available') ? { minAvailable: intOrString(run.flag('min-available')) } : { maxUnavailable: intOrString(run.flag('max-unavailable')) }),
        selector: { matchLabels: pairs(run, 'selector') },
      },
      status: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
    },
    'failed to create poddisruptionbudgets: ',
  );
}

export function ingress(run: Run): void {
  const name = nameOf(run);
  const rules = run.all('rule').map((text) => {
    const [rule] = text.split(',') as [string];
    const m = /^([^/=]*)(\/[^=]*)?=([^:=]+):([^:=]+)$/.exec(rule);
    if (!m) throw plainError(`rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
    const path = m[2] ?? '';
    const prefix = path.endsWith('*');
    const port = m[4] as string;
    return {
      ...(m[1] ? { host: m[1] } : {}),
      http: {
        paths: [
          {
            backend: { service: { name: m[3], port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } },
            path: prefix ? path.slice(0, -1) || '/' : path,
            pathType: prefix ? 'Prefix' : 'Exact',
          },
        ],
      },
    };
  });
  if (rules.length === 0 && !run.has('default-backend'))
    throw plainError(
      'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
    );
  const backend = run.flag('default-backend').split(':');
  createMade(
    run,
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name },
      spec: {
        ...(run.has('class') ? { ingressClassName: run.flag('class') } : {}),
        ...(run.has('default-backend') ? { defaultBackend: { service: { name: backend[0], port: { number: Number(backend[1]) } } } } : {}),
        ...(rules.length > 0 ? { rules } : {}),
      },
      status: { loadBalancer: {} },
    },
    'failed to create ingress: ',
  );
}

export function token(run: Run): void {
  const name = nameOf(run);
  const seconds = run.has('duration') ? Math.floor((durationMs(run.flag('duration')) ?? 0) / 1000) : undefined;
  const audiences = run.all('audience');
  const result = run.api({
    verb: 'create',
    resource: 'serviceaccounts',
    namespace: run.namespace,
    name,
    subresource: 'token',
    object: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { ...(audiences.length > 0 ? { audiences } : {}), ...(seconds !== undefined ? { expirationSeconds: seconds } : {}) },
    },
  });
  if (!result.object) {
    if (result.status?.code === 404) throw plainError(`failed to create token: ${result.status.message}`);
    throw plainError(`failed to create token:  ${result.status?.message ?? ''}`);
  }
  run.line(String(result.object.status?.token ?? ''));
}

function role(run: Run, kind: 'Role' | 'ClusterRole'): void {
  const name = nameOf(run);
  const verbs = run.list('verb');
  if (verbs.length === 0) throw plainError('at least one verb must be specified');
  const resources = run.list('resource');
  if (resources.length === 0) throw plainError('at least one resource must be specified');
  createMade(run, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: { name },
    rules: [{ apiGroups: [...new Set(resources.map((r) => r.split('.').slice(1).join('.')))], resources: resources.map((r) => r.split('.')[0]), verbs }],
  });
}
export const clusterRole = (run: Run): void => role(run, 'ClusterRole');
export const roleVerb = (run: Run): void => role(run, 'Role');

function binding(run: Run, kind: 'RoleBinding' | 'ClusterRoleBinding'): void {
  const name = nameOf(run);
  const cluster = run.flag('clusterrole');
  if (cluster === '' && run.flag('role') === '') throw plainError('exactly one of clusterrole or role must be specified');
  const subject = (k: string, n: string): unknown => ({ apiGroup: 'rbac.authorization.k8s.io', kind: k, name: n });
  createMade(run, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: cluster ? 'ClusterRole' : 'Role', name: cluster || run.flag('role') },
    subjects: [
      ...run.all('user').map((u) => subject('User', u)),
      ...run.all('group').map((g) => subject('Group', g)),
      ...run.all('serviceaccount').map((s) => ({ kind: 'ServiceAccount', name: s.split(':')[1] ?? '', namespace: s.split(':')[0] })),
    ],
  });
}
export const roleBinding = (run: Run): void => binding(run, 'RoleBinding');
export const clusterRoleBinding = (run: Run): void => binding(run, 'ClusterRoleBinding');
