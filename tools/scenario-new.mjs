/** `npm run scenario:new NAME`: a folder below scenarios/ that passes the check and is to be changed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages, root } from './ensure.mjs';

ensurePackages();
const name = process.argv[2] ?? '';
if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || name.length > 60) {
  console.error('scenario:new: the name is lower case words joined by hyphens, such as slow-start');
  process.exit(2);
}
const folder = join(root, 'scenarios', name);
if (existsSync(folder)) {
  console.error(`scenario:new: scenarios/${name} is there already`);
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, 'pod.yaml'),
  `apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: { app: web }
spec:
  containers:
  - name: nginx
    image: nginx:1.27
    ports:
    - containerPort: 80
`,
);
writeFileSync(
  join(folder, 'scenario.yaml'),
  `# yaml-language-server: $schema=../scenario.schema.json
title: ${name.replaceAll('-', ' ').replace(/^./, (c) => c.toUpperCase())}
summary: A pod starts and gets a label
level: basic
minutes: 2
topics: [pods]
seed: 1
cluster:
  images: [nginx:1.27]
manifests: [pod.yaml]
until: 20s

steps:
- title: A pod starts
  text: |
    The scheduler has bound [web](#pod/web) to a node, and its kubelet starts it.
  highlight: [pod/web]
  pause: { pod: web, path: phase, is: Pending }
  prediction:
    question: What does STATUS say two seconds later?
    choices:
    - text: Running
      when: { pod: web, is: Running }
    - text: Pending
      when: { pod: web, is: Pending }
    run: 2s
    explain: The image is on the node, so the container starts at once.

- title: A label
  text: |
    Labels can change while a pod runs.
  exercise:
    task: Give the pod the label \`tier=front\`.
    done: { object: Pod/web, path: metadata.labels.tier, is: front }
    hints:
    - kubectl has a verb for it.
    - "kubectl label pod web tier=…"
    solution:
    - kubectl: label pod web tier=front
    explain: Nothing restarts, labels are not part of what the kubelet runs.
`,
);
const traced = spawnSync(process.execPath, ['--import', 'tsx', join(root, 'tools/trace-update.ts'), name], { cwd: root, stdio: 'inherit' });
console.log(`scenarios/${name}/ made; scenarios/README.md explains each field, npm run scenario:check ${name} plays it`);
process.exit(traced.status ?? 1);
