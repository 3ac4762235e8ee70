/** A cluster with a Deployment behind a Service and a client, for tests. */
import { parse } from 'yaml';
import type { WorldOptions } from '../../clusters/cluster.ts';
import { World } from '../../world.ts';
import type { LensPacketQuestion } from '../questions.ts';

export const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: nginx, image: "nginx:1.27" }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: NodePort, clusterIP: 10.96.0.50, selector: { app: web }, ports: [{ name: http, port: 80, nodePort: 30080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: sticky }
spec: { clusterIP: 10.96.0.51, selector: { app: web }, sessionAffinity: ClientIP, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: none }
spec: { clusterIP: 10.96.0.52, selector: { app: nobody }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { containers: [{ name: c, image: busybox, command: [sleep, "3600"] }] }
`;

export function cluster(options: Partial<WorldOptions> = {}): World {
  const world = new World({ seed: 7, ...options });
  const documents = manifest.split('---').map((text, line) => ({ object: parse(text), line }));
  world.command({ type: 'kubectl', argv: ['apply', '-f', 'web.yaml'], namespace: 'default', files: { 'web.yaml': { documents } } });
  world.advance(60_000);
  return world;
}

export const toWeb: LensPacketQuestion = { from: 'default/client', toIP: '10.96.0.50', toPort: 80, protocol: 'tcp', seed: 1, packet: 'first' };
