/** Creating and patching as most verbs do it. */
import { type Resource, resourceOfKind } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
import type { ApiCall, ApiResult, PatchType } from '../../contracts/watch.ts';
import { lastApplied, withLastApplied } from '../apply/apply-object.ts';
import { twoWayPatch } from '../apply/three-way.ts';
import { checkErr, failureOf, plainError } from '../errors.ts';
import { formatOf, printResult } from '../printers/print.ts';
import type { Run } from '../run.ts';

export const whereOf = (resource: Resource, namespace: string): Pick<ApiCall, 'resource' | 'namespace'> => ({
  resource: resource.id,
  ...(resource.namespaced ? { namespace } : {}),
});

const options = (run: Run): ApiCall['options'] => ({
  ...(run.dryRun === 'server' ? { dryRun: true } : {}),
  fieldManager: run.flag('field-manager', `kubectl-${run.command.split(' ')[0]}`),
});

/** Creates what kubectl itself made up, and prints it. `failed`: words before a refusal; without, it is shown as it is. */
export function createMade(run: Run, object: Record<string, unknown>, failed?: string, verb = 'created'): void {
  const made = object as unknown as KubeObject;
  const resource = resourceOfKind(made.apiVersion, made.kind) as Resource;
  const format = formatOf(run);
  if (resource.namespaced && run.chosenNamespace) made.metadata.namespace = run.namespace;
  const sent = run.on('save-config') ? withLastApplied(made, resource.namespaced ? run.namespace : '') : made;
  if (run.dryRun === 'client') {
    printResult(run, format, resource, sent, verb);
    return;
  }
  const result = run.api({ verb: 'create', ...whereOf(resource, run.namespace), object: bare(sent), options: options(run) });
  if (!result.object) {
    const text = failed === undefined || result.status === undefined ? undefined : `${failed}${result.status.message ?? ''}`;
    throw text === undefined ? checkErr(failureOf(result.status)) : plainError(text);
  }
  printResult(run, format, resource, result.object, verb);
}

/** Without the empty status that printed objects carry. */
function bare(object: KubeObject): KubeObject {
  const { status: _, ...rest } = object;
  return rest as KubeObject;
}

export function patchObject(
  run: Run,
  resource: Resource,
  namespace: string,
  name: string,
  patchType: PatchType,
  patch: unknown,
  subresource?: ApiCall['subresource'],
): ApiResult {
  return run.api({
    verb: 'patch',
    ...whereOf(resource, namespace),
    name,
    patchType,
    patch,
    ...(subresource ? { subresource } : {}),
    options: options(run),
  });
}

/** Sends the difference between two states of an object. null: there is none. */
export function patchTo(run: Run, resource: Resource, before: KubeObject, after: KubeObject): ApiResult | null {
  const patch = twoWayPatch(before as unknown as Record<string, unknown>, after as unknown as Record<string, unknown>, before.kind);
  if (Object.keys(patch).length === 0) return null;
  return patchObject(run, resource, before.metadata.namespace ?? '', before.metadata.name, 'strategic', patch);
}

/** A pod template of what has one; a Pod's own spec. */
// biome-ignore lint/suspicious/noExplicitAny: templates of every kind
export function podSpecOf(object: KubeObject): any {
  switch (object.kind) {
    case 'Pod':
      return object.spec;
    case 'CronJob':
      return object.spec?.jobTemplate?.spec?.template?.spec;
    default:
      return object.spec?.template?.spec;
  }
}

export const isManaged = (object: KubeObject): boolean => object.metadata.annotations?.[lastApplied] !== undefined;
