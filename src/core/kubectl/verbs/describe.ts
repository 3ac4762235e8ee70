/** kubectl describe. Models k8s.io/kubectl/pkg/cmd/describe/describe.go, v1.36.2. */
import type { KubeObject } from '../../api/types.ts';
import { type Found, find, isNotFound, report, resourceFor } from '../builder.ts';
import { describeObject } from '../describe/describe.ts';
import { CommandError } from '../errors.ts';
import type { Run } from '../run.ts';

export function describeVerb(run: Run): void {
  if (run.args.length === 0 && run.all('filename').length === 0)
    throw new CommandError('You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of supported resources.\n');
  const found = find(run, {
    args: run.args,
    ...(run.has('selector') ? { selector: run.flag('selector') } : {}),
    selectAll: true,
  });
  byPrefix(run, found);
  let first = true;
  for (const info of found.infos) {
    const text = describeObject(run, info.resource, info.object as KubeObject);
    run.out(first ? text : `\n\n${text}`);
    first = false;
  }
  if (found.infos.length === 0 && found.failures.length === 0) {
    const namespaced = !run.allNamespaces && found.resources.some((r) => r.namespaced);
    run.err(namespaced ? `No resources found in ${run.namespace} namespace.\n` : 'No resources found\n');
  }
  report(run, found.failures);
}

/** A name that is not there may be the beginning of names that are. */
function byPrefix(run: Run, found: Found): void {
  if (found.failures.length !== 1 || found.infos.length > 0 || !isNotFound(found.failures[0] as never)) return;
  const [type, name] = run.args.length === 2 ? run.args : (run.args[0] ?? '').split('/');
  if (!type || !name || run.args.length > 2) return;
  const resource = resourceFor(type);
  const list = run.api({ verb: 'list', resource: resource.id, ...(resource.namespaced ? { namespace: run.namespace } : {}) }).list?.items ?? [];
  for (const object of list)
    if (object.metadata.name.startsWith(name))
      found.infos.push({ resource, namespace: object.metadata.namespace ?? '', name: object.metadata.name, object, source: '' });
  if (found.infos.length > 0) found.failures.length = 0;
}
