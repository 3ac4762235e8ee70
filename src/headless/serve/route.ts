/** A path of the API → what it asks for. Models k8s.io/apiserver pkg/endpoints/request/requestinfo.go, v1.36.2. */
import { type Resource, resources } from '../../core/index.ts';

export interface Route {
  resource: Resource;
  /** '' for all. */
  namespace: string;
  /** '' for the collection. */
  name: string;
  subresource: string;
  /** Deprecated `/watch/` in the path. */
  watch: boolean;
}

/** `/api/v1/namespaces/default/pods/web/log`; null when there is no such resource. */
export function routeOf(path: string): Route | null {
  const words = path.split('/').filter((word) => word !== '');
  if (words.some((word) => word.length > 253)) return null;
  const apiVersion = words[0] === 'api' ? words[1] : words[0] === 'apis' ? `${words[1]}/${words[2]}` : undefined;
  if (apiVersion === undefined) return null;
  let rest = words.slice(words[0] === 'api' ? 2 : 3);
  const watch = rest[0] === 'watch';
  if (watch) rest = rest.slice(1);
  let namespace = '';
  if (rest[0] === 'namespaces' && rest.length > 2 && !(rest.length === 3 && ['status', 'finalize'].includes(rest[2] as string))) {
    namespace = rest[1] as string;
    rest = rest.slice(2);
  }
  const [plural, name = '', ...below] = rest;
  const resource = resources.find((r) => r.apiVersion === apiVersion && r.plural === plural);
  if (!resource || (namespace !== '' && !resource.namespaced)) return null;
  return { resource, namespace, name, subresource: below.join('/'), watch };
}
