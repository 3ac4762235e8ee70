/** What a client's status becomes at creation, by kind. Models PrepareForCreate of the strategies in pkg/registry, v1.36.2. */

const empty: Record<string, object> = {
  Deployment: {},
  ReplicaSet: { replicas: 0 },
  ReplicationController: { replicas: 0 },
  StatefulSet: { availableReplicas: 0, replicas: 0 },
  DaemonSet: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
  Job: {},
  CronJob: {},
  Ingress: { loadBalancer: {} },
  PodDisruptionBudget: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
  HorizontalPodAutoscaler: { currentMetrics: null, desiredReplicas: 0 },
  ResourceQuota: {},
  VolumeAttachment: { attached: false },
  ServiceCIDR: {},
};

/** A fresh status, or undefined when the kind's strategy sets it itself or keeps the client's (Node). */
export const initialStatus = (kind: string): object | null | undefined => (Object.hasOwn(empty, kind) ? { ...empty[kind] } : undefined);
