/** What `kubectl apply` does with one object. Models k8s.io/kubectl/pkg/cmd/apply/{apply,patcher}.go, v1.36.2. */
import { clone } from '../../api/equal.ts';
import type { Resource } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
import type { ApiCall, ApiResult } from '../../contracts/watch.ts';
import { goJson } from '../printers/json.ts';
import { threeWayPatch } from './three-way.ts';

export const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

export interface Applied {
  result: ApiResult;
  /** `created`, `configured`, `unchanged`. */
  verb: string;
  warnings: string[];
  /** Which request failed: for kubectl's words. */
  step: 'get' | 'create' | 'patch';
}

type Api = (call: ApiCall) => ApiResult;

export interface ApplyOptions {
  dryRun: 'none' | 'client' | 'server';
  fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  overwrite?: boolean;
}

/** The object as it is applied: with its namespace, and with itself as an annotation. */
export function withLastApplied(object: KubeObject, namespace: string): KubeObject {
  const copy = clone(object);
  copy.metadata = typeof copy.metadata === 'object' && copy.metadata !== null ? copy.metadata : ({} as KubeObject['metadata']);
  if (namespace !== '') copy.metadata.namespace = namespace;
  const { [lastApplied]: _, ...annotations } = copy.metadata.annotations ?? {};
  copy.metadata.annotations = annotations;
  const text = `${goJson(copy)}\n`;
  copy.metadata.annotations = { ...annotations, [lastApplied]: text };
  return copy;
}

export function applyObject(api: Api, resource: Resource, namespace: string, object: KubeObject, options: ApplyOptions): Applied {
  const name = object.metadata.name;
  const where = { resource: resource.id, ...(resource.namespaced ? { namespace } : {}) };
  const current = api({ verb: 'get', ...where, name });
  const requestOptions = {
    ...(options.dryRun === 'server' ? { dryRun: true } : {}),
    fieldManager: 'kubectl-client-side-apply',
    fieldValidation: options.fieldValidation,
  };
  const modified = withLastApplied(object, namespace);
  if (!current.object) {
    if (current.code !== 404) return { result: current, verb: '', warnings: [], step: 'get' };
    if (options.dryRun === 'client') return { result: { code: 201, object: modified }, verb: 'created', warnings: [], step: 'create' };
    return { result: api({ verb: 'create', ...where, object: modified, options: requestOptions }), verb: 'created', warnings: [], step: 'create' };
  }
  const warnings: string[] = [];
  const annotation = current.object.metadata.annotations?.[lastApplied];
  if (annotation === undefined)
    warnings.push(
      `resource ${resource.plural}/${name} is missing the ${lastApplied} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.`,
    );
  const patch = threeWayPatch(
    parse(annotation),
    modified as unknown as Record<string, unknown>,
    current.object as unknown as Record<string, unknown>,
    object.kind,
  );
  if (Object.keys(patch).length === 0) return { result: { code: 200, object: current.object }, verb: 'unchanged', warnings, step: 'patch' };
  if (current.object.metadata.deletionTimestamp) warnings.push(`Detected changes to resource ${name} which is currently being deleted.`);
  if (options.dryRun === 'client') return { result: { code: 200, object: modified }, verb: 'configured', warnings, step: 'patch' };
  const result = api({ verb: 'patch', ...where, name, patchType: 'strategic', patch, options: requestOptions });
  return { result, verb: 'configured', warnings, step: 'patch' };
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
