/** The admission plugins that are on by default, in upstream's order. Models pkg/kubeapiserver/options/plugins.go, v1.36.2. */
import type { KubeObject } from '../../../api/types.ts';
import type { Call } from '../call.ts';
import { limitRanger, validateLimits } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { priority, singleDefaultClass } from './priority.ts';
import { chargeQuota, checkQuota } from './resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { claimResize, defaultIngressClass, defaultStorageClass, storageObjectInUseProtection } from './storage.ts';
import { defaultTolerationSeconds, nodeNotReadyTaint } from './tolerations.ts';

/** Mutating admission: may change `object`, the request's own copy. `old` is undefined at creation. */
export function admit(call: Call, object: KubeObject, old: KubeObject | undefined): void {
  if (old === undefined) namespaceLifecycle(call, object);
  switch (object.kind) {
    case 'Pod':
      if (old !== undefined) return;
      limitRanger(call, object);
      serviceAccount(call, object);
      priority(call, object);
      defaultTolerationSeconds(object);
      runtimeClass(call, object);
      return;
    case 'Node':
      if (old === undefined) nodeNotReadyTaint(object);
      return;
    case 'PersistentVolume':
    case 'PersistentVolumeClaim':
      if (old !== undefined) {
        if (object.kind === 'PersistentVolumeClaim') claimResize(call, object, old);
        return;
      }
      storageObjectInUseProtection(object);
      defaultStorageClass(call, object);
      return;
    case 'Ingress':
      if (old === undefined) defaultIngressClass(call, object);
      return;
  }
}

/** Validating admission: after the object was validated, before it is stored. */
export function validateAdmission(call: Call, object: KubeObject, old: KubeObject | undefined): void {
  if (object.kind === 'PriorityClass') singleDefaultClass(call, object);
  if (old === undefined) validateLimits(call, object);
  checkQuota(call, object, old);
}

/** What was written or deleted counts in the quotas. */
export function charge(call: Call, object: KubeObject | undefined, old: KubeObject | undefined): void {
  chargeQuota(call, object, old);
}
