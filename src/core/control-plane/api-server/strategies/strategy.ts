/** What is particular to a kind when it is written. Models apiserver/pkg/registry/rest/{create,update,delete}.go, v1.36.2. */
import { equal } from '../../../api/equal.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { Call } from '../call.ts';
import { endpointsStrategy } from './endpoints.ts';
import { jobStrategy } from './job.ts';
import { namespaceStrategy } from './namespace.ts';
import { podStrategy } from './pod.ts';
import { serviceStrategy } from './service.ts';
import { persistentVolumeClaimStrategy, persistentVolumeStrategy } from './storage.ts';

export interface Strategy {
  /** Changes `object`, which is the request's own copy. */
  prepareForCreate?(object: KubeObject, call: Call): void;
  /** The same for updates of the object itself (no subresource). */
  prepareForUpdate?(object: KubeObject, old: KubeObject, call: Call): void;
  /** Brings what will be stored into its one form. */
  canonicalize?(object: KubeObject): void;
  /** After validation: takes addresses and ports; throws a Refusal. */
  allocate?(object: KubeObject, old: KubeObject | undefined, call: Call): void;
  /** The object is stored no more. */
  release?(old: KubeObject, call: Call): void;
}

const byKind: Record<string, Strategy> = {
  Pod: podStrategy,
  Service: serviceStrategy,
  Namespace: namespaceStrategy,
  Job: jobStrategy,
  Endpoints: endpointsStrategy,
  PersistentVolume: persistentVolumeStrategy,
  PersistentVolumeClaim: persistentVolumeClaimStrategy,
  DaemonSet: {
    prepareForCreate: (object) => setTemplateGeneration(object, 1),
    prepareForUpdate: (object, old) => {
      const before = Number(old.metadata.annotations?.[templateGeneration] ?? 1);
      setTemplateGeneration(object, equal(object.spec?.template, old.spec?.template) ? before : before + 1);
    },
  },
};

const none: Strategy = {};
export const strategyOf = (kind: string): Strategy => (Object.hasOwn(byKind, kind) ? (byKind[kind] as Strategy) : none);

const templateGeneration = 'deprecated.daemonset.template.generation';

function setTemplateGeneration(object: KubeObject, generation: number): void {
  object.metadata.annotations = { ...object.metadata.annotations, [templateGeneration]: String(generation) };
}
