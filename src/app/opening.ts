/** The scene that opens when nothing else is asked for. */
import type { OpenRequest } from '../session/protocol.ts';

export const openingManifest = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels: { app: web }
  template:
    metadata:
      labels: { app: web }
    spec:
      containers:
      - name: nginx
        image: nginx:1.27
        ports:
        - containerPort: 80
        readinessProbe:
          httpGet: { path: /, port: 80 }
          initialDelaySeconds: 3
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: { app: web }
  ports:
  - port: 80
---
apiVersion: v1
kind: Pod
metadata:
  name: client
spec:
  containers:
  - name: shell
    image: busybox:1.36
    command: [sh, -c, "while true; do wget -qO- http://web/ >/dev/null; sleep 1; done"]
`;

export const opening: OpenRequest = {
  title: 'A Deployment behind a Service',
  manifest: openingManifest,
  seed: 7,
  options: { workers: 2, images: ['nginx:1.27', 'busybox:1.36'] },
  commands: [],
  atMs: 0,
};
