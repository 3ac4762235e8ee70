/** Static pods from staticPodURL of the kubelet's configuration file. */
import { expect, it } from 'vitest';
import { type Cluster, testCluster } from '../testing/cluster.ts';

const manifest = (image: string): string =>
  `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "u"}, "spec": {"terminationGracePeriodSeconds": 1, "containers": [{"name": "c", "image": "${image}", "command": ["sleep", "1000"]}]}}`;

/** A pod that serves files, and a kubelet that is told to look there. */
function started(): { cluster: Cluster; put(text: string | null): void } {
  const cluster = testCluster({ images: ['nginx:1.27', 'busybox:1.28', 'busybox:1.36'] });
  cluster.apply('{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": [{"name": "c", "image": "nginx:1.27"}]}}');
  cluster.at(6);
  const put = (text: string | null): void => {
    const line =
      text === null ? 'rm /usr/share/nginx/html/pod.json' : `printf %s ${JSON.stringify(text).replaceAll('$', '\\$')} > /usr/share/nginx/html/pod.json`;
    expect(cluster.kubectl(`exec web -- sh -c ${JSON.stringify(line)}`).rc).toBe(0);
  };
  return { cluster, put };
}

it('a pod comes, changes and goes with what the URL gives', () => {
  const { cluster, put } = started();
  put(manifest('busybox:1.28'));
  cluster.sh(`echo 'staticPodURL: http://${cluster.pod('web').status.podIP}/pod.json' >> /var/lib/kubelet/config.yaml; systemctl restart kubelet`);
  cluster.mark();
  cluster.at(15);
  const name = 'u-worker-1';
  const { metadata, status } = cluster.pod(name);
  expect(metadata.annotations).toMatchObject({ 'kubernetes.io/config.source': 'http', 'kubernetes.io/config.mirror': expect.any(String) });
  expect(status.phase).toBe('Running');
  put(manifest('busybox:1.36'));
  cluster.at(45);
  expect(cluster.status('c', name).image).toContain('busybox:1.36');
  put('');
  cluster.at(75);
  expect(() => cluster.pod(name)).toThrow();
});

it('what cannot be read is told three times, and the last pods stay', () => {
  const { cluster, put } = started();
  put(manifest('busybox:1.28'));
  const url = `http://${cluster.pod('web').status.podIP}/pod.json`;
  cluster.sh(`echo 'staticPodURL: ${url}' >> /var/lib/kubelet/config.yaml; systemctl restart kubelet`);
  cluster.mark();
  cluster.at(15);
  put(null);
  cluster.at(140);
  expect(cluster.pod('u-worker-1').status.phase).toBe('Running');
  const told = cluster.sh('journalctl -u kubelet -o cat -g "Failed to read pods"').out.trim().split('\n');
  expect(told).toHaveLength(4);
  expect(told[0]).toMatch(new RegExp(`http\\.go:\\d+\\] "Failed to read pods from URL" err="${url}: 404 Not Found"$`));
});
