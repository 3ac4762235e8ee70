/** Fields of controllers that decide over a longer time, in a whole cluster. */
import { describe, expect, it } from 'vitest';
import { type Cluster, testCluster } from '../testing/cluster.ts';

const set = (policy: string): string => `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  serviceName: web
  replicas: 2
  persistentVolumeClaimRetentionPolicy: ${policy}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: c, image: "busybox:1.28", command: ["sleep", "1000"], volumeMounts: [{name: data, mountPath: /data}]}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
`;
const claims = (cluster: Cluster): string[] => cluster.kubectl('get pvc -o name').out.trim().split('\n').filter(Boolean);
const owner = (cluster: Cluster, claim: string): string =>
  cluster.kubectl(`get pvc ${claim} -o jsonpath='{range .metadata.ownerReferences[*]}{.kind}/{.name} {.controller}{end}'`).out;

describe('persistentVolumeClaimRetentionPolicy', () => {
  const both = ['persistentvolumeclaim/data-web-0', 'persistentvolumeclaim/data-web-1'];
  it.each([
    ['{whenDeleted: Retain, whenScaled: Retain}', '', both, both],
    ['{whenDeleted: Delete, whenScaled: Retain}', 'StatefulSet/web true', both, []],
    ['{whenDeleted: Retain, whenScaled: Delete}', '', [both[0]], [both[0]]],
    ['{whenDeleted: Delete, whenScaled: Delete}', 'StatefulSet/web true', [both[0]], []],
  ])('%s', (policy, owned, afterScale, afterDeletion) => {
    const cluster = testCluster();
    cluster.apply(set(policy));
    cluster.at(20);
    expect(claims(cluster)).toEqual(both);
    expect(owner(cluster, 'data-web-0')).toBe(owned);
    cluster.kubectl('scale statefulset web --replicas=1');
    cluster.at(40);
    expect(claims(cluster)).toEqual(afterScale);
    cluster.kubectl('delete statefulset web --wait=false');
    cluster.at(60);
    expect(claims(cluster)).toEqual(afterDeletion);
  });

  it('scaled down and up at once: the new pod waits for the old claim to go', () => {
    const cluster = testCluster();
    cluster.apply(set('{whenDeleted: Retain, whenScaled: Delete}'));
    cluster.at(20);
    const uid = (): string => cluster.kubectl("get pvc data-web-1 -o jsonpath='{.metadata.uid}'").out;
    const before = uid();
    cluster.kubectl('scale statefulset web --replicas=1');
    cluster.at(20.6);
    cluster.kubectl('scale statefulset web --replicas=2');
    cluster.at(45);
    expect(cluster.pod('web-1').status.phase).toBe('Running');
    expect(uid()).not.toBe(before);
    expect(owner(cluster, 'data-web-1')).toBe('');
  });
});

describe('backoffLimitPerIndex', () => {
  it('an index that fails for good does not stop the others', () => {
    const cluster = testCluster();
    cluster.apply(`apiVersion: batch/v1
kind: Job
metadata: {name: j}
spec:
  completions: 3
  parallelism: 3
  completionMode: Indexed
  backoffLimitPerIndex: 1
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: "busybox:1.28", command: ["sh", "-c", "[ $JOB_COMPLETION_INDEX != 1 ]"]}]
`);
    cluster.at(60);
    const { out } = cluster.kubectl('get job j -o yaml');
    expect(out).toMatch(/^ {2}completedIndexes: 0,2$/m);
    expect(out).toMatch(/^ {2}failedIndexes: "1"$/m);
    expect(out).toMatch(/^ {2}failed: 2$/m);
    expect(cluster.words('j').at(-1)).toBe('FailedIndexes Job has failed indexes');
    expect(cluster.kubectl('get job j --no-headers').out).toMatch(/^j +Failed +2\/3 /);
    expect(cluster.kubectl('describe job j').out).toMatch(/^Completed Indexes: +0,2$/m);
  });
});
