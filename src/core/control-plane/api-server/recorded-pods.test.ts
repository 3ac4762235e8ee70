import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { resourceOfKind } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
import { account, harness } from './testing/harness.ts';

interface Recording {
  steps: { apply?: string }[];
  watch: { resource: string; type: string; object: KubeObject }[];
}
const folder = new URL('../../../../fixtures/recordings/', import.meta.url);

/** Pods that a step applied, each with the first thing that was seen of it. */
function pairs(): [string, KubeObject[], KubeObject][] {
  const out: [string, KubeObject[], KubeObject][] = [];
  for (const part of ['pod-lifecycle', 'storage', 'node-lifecycle', 'kubectl']) {
    for (const file of readdirSync(new URL(part, folder))) {
      const { steps, watch } = JSON.parse(readFileSync(new URL(`${part}/${file}`, folder), 'utf8')) as Recording;
      const applied = steps.flatMap(({ apply }) => (apply ? parseAllDocuments(apply).map((document) => document.toJSON() as KubeObject) : []));
      const objects = applied.flatMap((object) => (object?.kind === 'List' ? (object.items as KubeObject[]) : [object]));
      for (const pod of objects.filter((object) => object?.kind === 'Pod')) {
        const seen = watch.find((w) => w.resource === 'pods' && w.type === 'ADDED' && w.object.metadata.name === pod.metadata.name);
        if (seen) out.push([`${part}/${file} ${pod.metadata.name}`, [...objects.filter((object) => object?.kind === 'ServiceAccount'), pod], seen.object]);
      }
    }
  }
  return out;
}

function comparable(object: KubeObject): unknown {
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, namespace: _namespace, ...metadata } = object.metadata;
  if (metadata.annotations) {
    const { 'kubectl.kubernetes.io/last-applied-configuration': _applied, ...annotations } = metadata.annotations;
    if (Object.keys(annotations).length > 0) metadata.annotations = annotations;
    else delete metadata.annotations;
  }
  return JSON.parse(
    JSON.stringify({ ...object, metadata })
      .replace(/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access-x')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME'),
  );
}

describe('[recorded] pods as they are first seen', () => {
  it.each(pairs())('%s', (_, objects, seen) => {
    const h = harness([account()]);
    let object: KubeObject | undefined;
    for (const given of objects) {
      const resource = resourceOfKind(given.apiVersion, given.kind)?.id ?? '';
      const namespaced = { ...given, metadata: { ...given.metadata, namespace: 'default' } };
      const answer = h.ask({ verb: 'create', resource, namespace: 'default', object: namespaced, options: { fieldValidation: 'Strict' } });
      expect(answer.status?.message).toBeUndefined();
      object = answer.object;
    }
    expect(comparable(object as KubeObject)).toEqual(comparable(seen));
  });
});
