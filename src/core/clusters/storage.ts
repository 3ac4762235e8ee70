/** The default class of volumes, as local-path-provisioner installs it. */
import type { KubeObject } from '../api/types.ts';

export const storageAddon = (): KubeObject[] => [
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: 'standard',
      uid: '',
      resourceVersion: '',
      creationTimestamp: '',
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner: 'rancher.io/local-path',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
  },
];
