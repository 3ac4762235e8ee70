/** exec with standard input, attach and port-forward: what kubectl shows, through the kubelet and the runtime. */
import { describe, expect, it } from 'vitest';
import { type Cluster, podOf, testCluster } from '../testing/cluster.ts';

const client = (cluster: Cluster, line: string, seconds = 20) => cluster.sh(line, seconds, 'client');

function withServer(): Cluster {
  const cluster = testCluster({ images: ['nginx:1.27', 'busybox:1.28'] });
  cluster.apply(`apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: p}}
spec:
  containers: [{name: c, image: "nginx:1.27", ports: [{name: web, containerPort: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: s}
spec: {selector: {app: p}, ports: [{name: http, port: 8000, targetPort: web}]}
`);
  cluster.at(6);
  return cluster;
}

describe('exec', () => {
  it('a script comes through a pipe', () => {
    const cluster = withServer();
    expect(client(cluster, 'echo "hostname; echo two >&2; exit 3" | kubectl exec -i p -- sh; echo $?')).toMatchObject({
      out: 'p\n3\n',
      err: 'two\ncommand terminated with exit code 3\n',
    });
    expect(client(cluster, 'printf "b\\na\\n" | kubectl exec -i p -- sort').out).toBe('a\nb\n');
    expect(client(cluster, 'echo ls | kubectl exec p -- sh').out).toBe('');
  });
});

describe('attach', () => {
  it('shows what is printed from now on', () => {
    const cluster = testCluster();
    cluster.apply(podOf({ a: 'i=0; while [ $i -lt 12 ]; do echo line $i; i=$((i+1)); sleep 1; done' }, 'restartPolicy: Never'));
    cluster.at(6);
    const { out, rc } = client(cluster, 'kubectl attach p', 60);
    expect(out).not.toContain('line 0\n');
    expect(out).toMatch(/^line \d+\n(line \d+\n)*line 11\n$/);
    expect(rc).toBe(0);
    cluster.mark();
    cluster.at(3);
    expect(client(cluster, 'kubectl attach p').err).toBe('error: cannot attach a container in a completed pod; current phase is Succeeded\n');
  });
});

describe('port-forward', () => {
  it('serves requests of the client', () => {
    const cluster = withServer();
    const { out } = client(
      cluster,
      'kubectl port-forward pod/p 8080:80 & sleep 1; curl -s http://127.0.0.1:8080/ | grep title; kill %1 2>/dev/null || kill $!',
    );
    expect(out).toBe(
      'Forwarding from 127.0.0.1:8080 -> 80\nForwarding from [::1]:8080 -> 80\nHandling connection for 8080\n<title>Welcome to nginx!</title>\n',
    );
    expect(client(cluster, 'curl -s http://127.0.0.1:8080/; echo $?').out).toBe('7\n');
  });

  it('of a Service it takes the port of its pod', () => {
    const cluster = withServer();
    const { out } = client(cluster, 'kubectl port-forward svc/s 8000 & sleep 1; curl -s -o /dev/null -w "%{http_code}\\n" http://localhost:8000/; kill $!');
    expect(out.split('\n')).toEqual(['Forwarding from 127.0.0.1:8000 -> 80', 'Forwarding from [::1]:8000 -> 80', 'Handling connection for 8000', '200', '']);
  });

  it('a port on which nobody listens ends it', () => {
    const cluster = withServer();
    const { err } = client(cluster, 'kubectl port-forward p 8081:81 & sleep 1; curl -s http://127.0.0.1:8081/; wait $!');
    expect(err).toMatch(
      /portforward\.go:\d+\] "Unhandled Error" err="an error occurred forwarding 8081 -> 81: error forwarding port 81 to pod p, uid : failed to execute portforward in network namespace/,
    );
    expect(err).toMatch(/\nerror: lost connection to pod\n$/);
  });

  it.each([
    ['kubectl port-forward p', "error: TYPE/NAME and list of ports are required for port-forward\nSee 'kubectl port-forward -h' for help and examples\n"],
    ['kubectl port-forward p a:80', 'error: error parsing local port \'a\': strconv.ParseUint: parsing "a": invalid syntax\n'],
    ['kubectl port-forward p 1:2:3', "error: invalid port format '1:2:3'\n"],
    ['kubectl port-forward p web2', "error: Pod 'p' does not have a named port 'web2'\n"],
    ['kubectl port-forward svc/s 81', 'error: Service s does not have a service port 81\n'],
    ['kubectl port-forward nope 80', 'Error from server (NotFound): pods "nope" not found\n'],
  ])('%s', (line, err) => {
    expect(client(withServer(), line)).toMatchObject({ err, rc: 1 });
  });

  it('a local port that is taken', () => {
    const cluster = withServer();
    const { err } = client(cluster, 'kubectl port-forward p 8080:80 >/dev/null & sleep 1; kubectl port-forward p 8080:80; kill $!');
    expect(err).toContain(
      'Unable to listen on port 8080: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 127.0.0.1:8080: bind: address already in use unable to create listener: Error listen tcp6 [::1]:8080: bind: address already in use]\nerror: unable to listen on any of the requested ports: [{8080 80}]\n',
    );
  });
});
