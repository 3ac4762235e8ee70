/** Models plugin/pkg/admission/serviceaccount/admission.go, v1.36.2. */
import { generateName } from '../../../api/names.ts';
import type { Container, KubeObject, Pod, Volume } from '../../../api/types.ts';
import { parseTime } from '../../../engine/time.ts';
import type { Call } from '../call.ts';
import { forbidden, Refusal } from '../errors.ts';
import { lookUp } from '../state.ts';
import { isMirror } from '../strategies/pod.ts';

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const prefix = 'kube-api-access-';
/** Upstream asks again for the default account of a new namespace about this long. */
const retriesMs = 1000;

export function serviceAccount(call: Call, object: KubeObject): void {
  const pod = object as Pod;
  if (!pod.spec) return;
  if (isMirror(pod)) {
    if (pod.spec.serviceAccountName) throw new Refusal(forbidden(call.resource, call.name, 'a mirror pod may not reference service accounts'));
    return;
  }
  const name = (pod.spec.serviceAccountName ||= 'default');
  pod.spec.serviceAccount = name;
  const namespace = pod.metadata.namespace ?? '';
  const account = lookUp(call.state, 'serviceaccounts', namespace, name);
  if (!account && !(name === 'default' && isNew(call, namespace)))
    throw new Refusal(forbidden(call.resource, call.name, `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`));
  if (pod.spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true) mountToken(call, pod);
  if (!pod.spec.imagePullSecrets?.length && account?.imagePullSecrets?.length) pod.spec.imagePullSecrets = account.imagePullSecrets.slice();
}

/** Simplified: upstream waits for the default account of a new namespace (ten tries); here the pod passes as if it had come. */
function isNew(call: Call, namespace: string): boolean {
  const created = lookUp(call.state, 'namespaces', '', namespace)?.metadata.creationTimestamp;
  return created !== undefined && call.ctx.epochMs - parseTime(created) <= 1000 + retriesMs;
}

function mountToken(call: Call, pod: Pod): void {
  const volumes = pod.spec.volumes ?? [];
  const standing = volumes.find((v) => v.name?.startsWith(prefix) && v.projected !== undefined)?.name;
  const all: Container[] = [...(pod.spec.initContainers ?? []), ...(pod.spec.containers ?? [])].filter(
    (c) => !c.volumeMounts?.some((m) => m.mountPath === mountPath),
  );
  if (all.length === 0) return;
  const name = standing ?? freeName(call, volumes);
  for (const container of all) container.volumeMounts = [...(container.volumeMounts ?? []), { mountPath, name, readOnly: true }];
  if (standing === undefined) pod.spec.volumes = [...volumes, tokenVolume(name)];
}

function freeName(call: Call, volumes: Volume[]): string {
  let name = generateName(prefix, call.ctx.random);
  while (volumes.some((v) => v.name === name)) name = generateName(prefix, call.ctx.random);
  return name;
}

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { items: [{ key: 'ca.crt', path: 'ca.crt' }], name: 'kube-root-ca.crt' } },
      { downwardAPI: { items: [{ fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' }, path: 'namespace' }] } },
    ],
  },
});
