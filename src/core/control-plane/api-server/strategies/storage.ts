/** Models pkg/registry/core/{persistentvolume,persistentvolumeclaim}/strategy.go, v1.36.2. */
import { rfc3339 } from '../../../engine/time.ts';
import type { Strategy } from './strategy.ts';

export const persistentVolumeStrategy: Strategy = {
  prepareForCreate(object, { ctx }) {
    object.status = { phase: 'Pending', lastPhaseTransitionTime: rfc3339(ctx.epochMs) };
  },
};

export const persistentVolumeClaimStrategy: Strategy = {
  prepareForCreate(object) {
    object.status = { phase: 'Pending' };
  },
};
