/** Models plugin/pkg/admission/limitranger/admission.go, v1.36.2. */
import { canonicalQuantity, quantityMilli } from '../../../api/quantity.ts';
import type { Container, KubeObject, Pod, Quantity, ResourceList } from '../../../api/types.ts';
import type { Call } from '../call.ts';
import { forbidden, Refusal } from '../errors.ts';
import { listObjects } from '../state.ts';
import { podTotal } from './pod-totals.ts';

interface Item {
  type: string;
  max?: ResourceList;
  min?: ResourceList;
  default?: ResourceList;
  defaultRequest?: ResourceList;
  maxLimitRequestRatio?: ResourceList;
}

const itemsOf = (call: Call, namespace: string | undefined): Item[] =>
  call.state.objects.limitranges ? listObjects(call.state, 'limitranges', namespace).flatMap((range) => (range.spec?.limits ?? []) as Item[]) : [];

/** Containers without requests or limits get the defaults of the namespace's LimitRanges. */
export function limitRanger(call: Call, object: KubeObject): void {
  const pod = object as Pod;
  const notes: string[] = [];
  for (const item of itemsOf(call, pod.metadata.namespace)) {
    if (item.type !== 'Container') continue;
    for (const c of pod.spec?.containers ?? []) fill(c, item, 'container', notes);
    for (const c of pod.spec?.initContainers ?? []) fill(c, item, 'init container', notes);
  }
  if (notes.length > 0) pod.metadata.annotations = { ...pod.metadata.annotations, 'kubernetes.io/limit-ranger': `LimitRanger plugin set: ${notes.join('; ')}` };
}

function fill(container: Container, item: Item, what: string, notes: string[]): void {
  for (const [which, defaults] of [
    ['requests', item.defaultRequest],
    ['limits', item.default],
  ] as const) {
    const set: string[] = [];
    for (const [name, quantity] of Object.entries(defaults ?? {})) {
      container.resources ??= {};
      const list = (container.resources[which] ??= {});
      if (Object.hasOwn(list, name)) continue;
      list[name] = quantity;
      set.push(name);
    }
    if (set.length > 0) notes.push(`${set.sort().join(', ')} ${which === 'requests' ? 'request' : 'limit'} for ${what} ${container.name}`);
  }
}

/** Throws every constraint that is broken, as one 403. */
export function validateLimits(call: Call, object: KubeObject): void {
  if (object.kind !== 'Pod' && object.kind !== 'PersistentVolumeClaim') return;
  const errors: string[] = [];
  for (const item of itemsOf(call, object.metadata.namespace)) {
    if (object.kind === 'PersistentVolumeClaim') {
      if (item.type !== 'PersistentVolumeClaim') continue;
      const requests: ResourceList = object.spec?.resources?.requests ?? {};
      bounds(item, requests, requests, errors);
    } else if (item.type === 'Container') {
      const { containers, initContainers } = (object as Pod).spec;
      for (const c of [...containers, ...(initContainers ?? [])]) bounds(item, c.resources?.requests ?? {}, c.resources?.limits ?? {}, errors);
    } else if (item.type === 'Pod') bounds(item, sum(object as Pod, 'requests'), sum(object as Pod, 'limits'), errors);
  }
  if (errors.length > 0) throw new Refusal(forbidden(call.resource, call.name, errors.length === 1 ? (errors[0] as string) : `[${errors.join(', ')}]`));
}

function bounds(item: Item, requests: ResourceList, limits: ResourceList, errors: string[]): void {
  const claim = item.type === 'PersistentVolumeClaim';
  for (const [name, enforced] of Object.entries(item.min ?? {})) {
    const [request, limit] = [requests[name], limits[name]];
    const text = `minimum ${name} usage per ${item.type} is ${canonicalQuantity(enforced)}`;
    if (request === undefined) errors.push(`${text}.  No request is specified`);
    else if (less(request, enforced)) errors.push(`${text}, but request is ${canonicalQuantity(request)}`);
    else if (!claim && limit !== undefined && less(limit, enforced)) errors.push(`${text}, but limit is ${canonicalQuantity(limit)}`);
  }
  for (const [name, enforced] of Object.entries(item.max ?? {})) {
    const [request, limit] = [requests[name], limits[name]];
    const text = `maximum ${name} usage per ${item.type} is ${canonicalQuantity(enforced)}`;
    if (claim) {
      if (request === undefined) errors.push(`${text}.  No request is specified`);
      else if (less(enforced, request)) errors.push(`${text}, but request is ${canonicalQuantity(request)}`);
    } else if (limit === undefined) errors.push(`${text}.  No limit is specified`);
    else if (less(enforced, limit)) errors.push(`${text}, but limit is ${canonicalQuantity(limit)}`);
    else if (request !== undefined && less(enforced, request)) errors.push(`${text}, but request is ${canonicalQuantity(request)}`);
  }
  for (const [name, enforced] of Object.entries(item.maxLimitRequestRatio ?? {})) {
    const [request, limit] = [quantityMilli(requests[name]), quantityMilli(limits[name])];
    const text = `${name} max limit to request ratio per ${item.type} is ${canonicalQuantity(enforced)}`;
    if (request === 0) errors.push(`${text}, but no request is specified or request is 0`);
    else if (limit === 0) errors.push(`${text}, but no limit is specified or limit is 0`);
    else if (limit / request > quantityMilli(enforced) / 1000) errors.push(`${text}, but provided ratio is ${(limit / request).toFixed(6)}`);
  }
}

const less = (a: Quantity, b: Quantity): boolean => quantityMilli(a) < quantityMilli(b);

function sum(pod: Pod, which: 'requests' | 'limits'): ResourceList {
  const names = new Set<string>();
  for (const c of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) for (const name of Object.keys(c.resources?.[which] ?? {})) names.add(name);
  return Object.fromEntries([...names].map((name) => [name, podTotal(pod.spec, name, which)]));
}
